package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// maxPages is the maximum number of pages of one result of an API.
const maxPages = 200

// pageOf is the first page of the latest servers whose name holds name, in version 0.1 of
// the API of registries of MCP servers. An address that cannot be read stays as it is, for
// CheckAddress to refuse.
func pageOf(api, name string) string {
	address, err := url.Parse(api)
	if err != nil {
		return api
	}
	address = address.JoinPath("v0.1", "servers")
	query := address.Query()
	query.Set("version", "latest")
	query.Set("limit", "100")
	if name != "" {
		query.Set("search", name)
	}
	address.RawQuery = query.Encode()
	return address.String()
}

// pages is a Fetch of all pages from the first one on, as one text. It knows no etag.
func (s *Source) pages(ctx context.Context, address, _ string) (Answer, error) {
	var all [][]byte
	next, size := address, 0
	for range maxPages {
		answer, err := s.config.Fetch(ctx, next, "")
		if err != nil {
			return Answer{}, err
		}
		var page struct {
			Servers  []json.RawMessage `json:"servers"`
			Metadata struct {
				NextCursor string `json:"nextCursor"`
			} `json:"metadata"`
		}
		if json.Unmarshal(answer.Text, &page) != nil {
			return answer, nil // Parse says what is wrong with it
		}
		for _, server := range page.Servers {
			all = append(all, server)
			size += len(server)
		}
		if size > MaxSize {
			return Answer{}, fmt.Errorf("%w: the registry is larger than %d MiB", secret.ErrTooLarge, MaxSize>>20)
		}
		if page.Metadata.NextCursor == "" {
			return Answer{Text: []byte(`{"servers": [` + string(bytes.Join(all, []byte(", "))) + `]}`)}, nil
		}
		separator := "?"
		if strings.Contains(address, "?") {
			separator = "&"
		}
		next = address + separator + "cursor=" + url.QueryEscape(page.Metadata.NextCursor)
	}
	return Answer{}, fmt.Errorf("%w: the registry has more than %d pages", secret.ErrTooLarge, maxPages)
}
