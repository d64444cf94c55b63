// Package onepasswordtest is a 1Password service for tests and benches: it stands
// behind the SDK's interfaces, and everything before them is the real program.
package onepasswordtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	sdk "github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/secret"
)

// FileName is the file in os.TempDir that has the service's content, CallsName the
// one that gets a line for each call, and EnvironName the one that gets the names
// of the variables that the program was given.
const (
	FileName    = "onepassword.json"
	CallsName   = "onepassword.calls"
	EnvironName = "onepassword.environ"
)

// Token and Token2 have the form of service accounts' tokens; no account has them.
const (
	Token2 = "ops_eyJzaWduSW5BZGRyZXNzIjoidGVzdC5pbnZhbGlkIiwidXNlckF1dGgiOnt9LCJlbWFpbCI6Im90aGVyIn0"
	Token  = "ops_eyJzaWduSW5BZGRyZXNzIjoidGVzdC5pbnZhbGlkIiwidXNlckF1dGgiOnt9LCJlbWFpbCI6InRlc3QifQ"
)

// Shelf is the service's content.
type Shelf struct {
	// Fail is the error of every call: rate-limited, denied or broken.
	Fail string `json:"fail"`
	// ConnectMS and AnswerMS are how long the first client of a process and each
	// call take, in milliseconds.
	ConnectMS int     `json:"connect_ms"`
	AnswerMS  int     `json:"answer_ms"`
	Vaults    []Vault `json:"vaults"`
}

// Vault has a name, which is its ID too, and items.
type Vault struct {
	Name  string `json:"name"`
	Items []Item `json:"items"`
}

// Item has a name, which is its ID too, and fields: values by name.
type Item struct {
	Name   string            `json:"name"`
	Fields map[string]string `json:"fields"`
}

// Connect makes a client of the Shelf in FileName.
func Connect(context.Context, secret.Value) (*sdk.Client, error) {
	s := &service{folder: os.TempDir()}
	shelf, err := s.called("connect")
	if err != nil {
		return nil, err
	}
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if err := note(filepath.Join(s.folder, EnvironName), name); err != nil {
			return nil, err
		}
	}
	time.Sleep(time.Duration(shelf.ConnectMS) * time.Millisecond)
	return &sdk.Client{SecretsAPI: secrets{service: s}, VaultsAPI: vaults{service: s}, ItemsAPI: items{service: s}}, nil
}

type service struct{ folder string }

// called records a call and returns the present content of the service.
func (s *service) called(what string) (Shelf, error) {
	var shelf Shelf
	text, err := os.ReadFile(filepath.Join(s.folder, FileName))
	if err == nil {
		err = json.Unmarshal(text, &shelf)
	}
	if err != nil {
		return shelf, err
	}
	if err := note(filepath.Join(s.folder, CallsName), what); err != nil {
		return shelf, err
	}
	if what == "connect" {
		return shelf, nil
	}
	time.Sleep(time.Duration(shelf.AnswerMS) * time.Millisecond)
	switch shelf.Fail {
	case "rate-limited":
		return shelf, errors.New("rate limit exceeded, retry after 30 seconds")
	case "denied":
		return shelf, errors.New("you don't have the right permissions to execute this request")
	case "broken":
		return shelf, errors.New("wasm error: unreachable")
	}
	return shelf, nil
}

func note(path, what string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, what)
	return errors.Join(err, file.Close())
}

type secrets struct {
	sdk.SecretsAPI
	*service
}

// ResolveAll resolves references of the form op://vault/item/field.
func (s secrets) ResolveAll(_ context.Context, refs []string) (sdk.ResolveAllResponse, error) {
	shelf, err := s.called(fmt.Sprintf("resolve %d", len(refs)))
	if err != nil {
		return sdk.ResolveAllResponse{}, err
	}
	answers := map[string]sdk.Response[sdk.ResolvedReference, sdk.ResolveReferenceError]{}
	for _, ref := range refs {
		answers[ref] = shelf.resolve(ref)
	}
	return sdk.ResolveAllResponse{IndividualResponses: answers}, nil
}

func (shelf Shelf) resolve(ref string) (answer sdk.Response[sdk.ResolvedReference, sdk.ResolveReferenceError]) {
	missing := func(kind sdk.ResolveReferenceError) sdk.Response[sdk.ResolvedReference, sdk.ResolveReferenceError] {
		return sdk.Response[sdk.ResolvedReference, sdk.ResolveReferenceError]{Error: &kind}
	}
	parts := strings.Split(strings.TrimPrefix(ref, "op://"), "/")
	for _, vault := range shelf.Vaults {
		if vault.Name != parts[0] {
			continue
		}
		for _, item := range vault.Items {
			if item.Name != parts[1] {
				continue
			}
			if value, ok := item.Fields[parts[len(parts)-1]]; ok {
				answer.Content = &sdk.ResolvedReference{Secret: value, ItemID: item.Name, VaultID: vault.Name}
				return answer
			}
			return missing(sdk.NewResolveReferenceErrorTypeVariantFieldNotFound())
		}
		return missing(sdk.NewResolveReferenceErrorTypeVariantItemNotFound())
	}
	return missing(sdk.NewResolveReferenceErrorTypeVariantVaultNotFound())
}

type vaults struct {
	sdk.VaultsAPI
	*service
}

// List returns all vaults.
func (v vaults) List(context.Context, ...sdk.VaultListParams) (all []sdk.VaultOverview, err error) {
	shelf, err := v.called("vaults")
	for _, vault := range shelf.Vaults {
		all = append(all, sdk.VaultOverview{ID: vault.Name, Title: vault.Name})
	}
	return all, err
}

type items struct {
	sdk.ItemsAPI
	*service
}

// List returns the items of a vault.
func (i items) List(_ context.Context, vaultID string, _ ...sdk.ItemListFilter) (all []sdk.ItemOverview, err error) {
	shelf, err := i.called("items")
	for _, item := range shelf.items(vaultID) {
		all = append(all, sdk.ItemOverview{ID: item.Name, Title: item.Name, VaultID: vaultID})
	}
	return all, err
}

// GetAll returns items with their fields.
func (i items) GetAll(_ context.Context, vaultID string, ids []string) (sdk.ItemsGetAllResponse, error) {
	shelf, err := i.called("fields")
	if err != nil {
		return sdk.ItemsGetAllResponse{}, err
	}
	var response sdk.ItemsGetAllResponse
	for _, id := range ids {
		for _, item := range shelf.items(vaultID) {
			if item.Name != id {
				continue
			}
			full := sdk.Item{ID: item.Name, Title: item.Name, VaultID: vaultID}
			for name, value := range item.Fields {
				full.Fields = append(full.Fields, sdk.ItemField{ID: name, Title: name, FieldType: sdk.ItemFieldTypeConcealed, Value: value})
			}
			response.IndividualResponses = append(response.IndividualResponses, sdk.Response[sdk.Item, sdk.ItemsGetAllError]{Content: &full})
		}
	}
	return response, nil
}

func (shelf Shelf) items(vaultID string) []Item {
	for _, vault := range shelf.Vaults {
		if vault.Name == vaultID {
			return vault.Items
		}
	}
	return nil
}
