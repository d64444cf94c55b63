package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// arguments of the tools that the server has.
var arguments = map[string]map[string]any{
	"forecast": {"city": "Bern"},
	"echo_key": {"form": "plain"},
}

// converse starts args as a stdio MCP server, calls the tools and prints what
// was said.
func (s *stage) converse(ctx context.Context, args []string, tools ...string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	say("$ thv %s", s.shown(args))
	cmd := s.command(ctx, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	client := mcp.NewClient(&mcp.Implementation{Name: "demo", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: cmd}, nil)
	if err != nil {
		return fmt.Errorf("the server did not start: %w\n%s", err, complaints.String())
	}
	for _, tool := range tools {
		result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: tool, Arguments: arguments[tool]})
		if err != nil {
			return fmt.Errorf("%s: %w", tool, err)
		}
		say("    client: %s %s", tool, asked(tool))
		say("    server: %s", words(result))
		if text := words(result); strings.Contains(text, s.key) {
			return fmt.Errorf("%s: the key came through unmasked", tool)
		}
	}
	return session.Close()
}

func asked(tool string) string {
	text, err := json.Marshal(arguments[tool])
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func words(result *mcp.CallToolResult) string {
	var parts []string
	for _, content := range result.Content {
		if text, ok := content.(*mcp.TextContent); ok {
			parts = append(parts, text.Text)
		}
	}
	if result.IsError {
		parts = append(parts, "(an error)")
	}
	return strings.Join(parts, " ")
}
