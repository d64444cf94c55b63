package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// gate accepts only the right key.
type gate struct {
	key    func() string
	digest string
}

func (g gate) check() error {
	key := g.key()
	if key == "" {
		return errors.New("no API_KEY: this server refuses to answer")
	}
	sum := sha256.Sum256([]byte(key))
	if hex.EncodeToString(sum[:]) != g.digest {
		return errors.New("wrong API_KEY: this server refuses to answer")
	}
	return nil
}

type forecastInput struct {
	City string `json:"city" jsonschema:"the city to forecast"`
}

type echoInput struct {
	Form string `json:"form" jsonschema:"plain, base64 or url"`
}

func newServer(g gate) *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "keyserver", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "forecast", Description: "The weather, for callers whose server has its key"},
		func(_ context.Context, _ *mcp.CallToolRequest, in forecastInput) (*mcp.CallToolResult, any, error) {
			if err := g.check(); err != nil {
				return nil, nil, err
			}
			return text("sunny in " + in.City), nil, nil
		})
	mcp.AddTool(server, &mcp.Tool{Name: "echo_key", Description: "Leaks the key on purpose, so that masking can be seen"},
		func(_ context.Context, _ *mcp.CallToolRequest, in echoInput) (*mcp.CallToolResult, any, error) {
			leak := encoded(g.key(), in.Form)
			fmt.Fprintln(os.Stderr, "keyserver: the key is", leak)
			return text("the key is " + leak), nil, nil
		})
	return server
}

func encoded(key, form string) string {
	switch form {
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(key))
	case "url":
		return url.QueryEscape(key)
	}
	return key
}

func text(s string) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: s}}}
}
