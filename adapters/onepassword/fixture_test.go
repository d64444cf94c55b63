package onepassword

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/1password/onepassword-sdk-go"
	"go.uber.org/mock/gomock"

	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// goodToken has the form of a service account's token, and belongs to no account.
var goodToken = secret.NewValue([]byte("ops_" + base64.RawURLEncoding.EncodeToString([]byte(`{"unused":"canary-token"}`))))

// held is one field of the service.
type held struct{ Vault, Item, Section, Field, Value string }

// service is 1Password with what a test puts into it.
type service struct {
	mu   sync.Mutex
	All  []held
	fail error         // of every call, once it is set
	hang chan struct{} // waited for by every call, once it is set
}

// id is a name's ID. An ID is its own.
func id(name string) string {
	if name == "" || isID(name) {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:26]
}

func named(asked, name string) bool { return asked == id(name) || strings.EqualFold(asked, name) }

// put stores value under r, over what was there.
func (s *service) put(r reference, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.All = slices.DeleteFunc(s.All, func(h held) bool {
		return h.Vault == r.vault && h.Item == r.item && h.Section == r.section && h.Field == r.field
	})
	s.All = append(s.All, held{r.vault, r.item, r.section, r.field, value})
}

// ready says how a call has to end, if not well.
func (s *service) ready() error {
	s.mu.Lock()
	fail, hang := s.fail, s.hang
	s.mu.Unlock()
	if hang != nil {
		<-hang
	}
	return fail
}

// resolve answers as the SDK does.
func (s *service) resolve(text string) (string, *onepassword.ResolveReferenceError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path, _, _ := strings.Cut(strings.TrimPrefix(text, "op://"), "?")
	parts := strings.Split(path, "/")
	if !plain(strings.ReplaceAll(path, "/", "")) || len(parts) < 3 || len(parts) > 4 {
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantParsing("parsing"))
	}
	in := s.All
	keep := func(asked string, of func(held) string) bool {
		in = slices.DeleteFunc(slices.Clone(in), func(h held) bool { return !named(asked, of(h)) })
		return len(in) > 0
	}
	switch {
	case !keep(parts[0], func(h held) string { return h.Vault }):
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantVaultNotFound())
	case !keep(parts[1], func(h held) string { return h.Item }):
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantItemNotFound())
	case len(parts) == 4 && !keep(parts[2], func(h held) string { return h.Section }):
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantNoMatchingSections())
	case !keep(parts[len(parts)-1], func(h held) string { return h.Field }):
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantFieldNotFound())
	}
	// Without a section, a field that is in none comes before its namesakes.
	if first := slices.IndexFunc(in, func(h held) bool { return h.Section == "" }); len(parts) == 3 && first >= 0 {
		return in[first].Value, nil
	}
	if len(in) > 1 {
		return "", failed(onepassword.NewResolveReferenceErrorTypeVariantTooManyMatchingFields())
	}
	return in[0].Value, nil
}

func failed(e onepassword.ResolveReferenceError) *onepassword.ResolveReferenceError { return &e }

func (s *service) resolveAll(_ context.Context, texts []string) (onepassword.ResolveAllResponse, error) {
	if err := s.ready(); err != nil {
		return onepassword.ResolveAllResponse{}, err
	}
	all := map[string]onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]{}
	for _, text := range texts {
		value, err := s.resolve(text)
		if err != nil {
			all[text] = onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]{Error: err}
			continue
		}
		all[text] = onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]{
			Content: &onepassword.ResolvedReference{Secret: value},
		}
	}
	return onepassword.ResolveAllResponse{IndividualResponses: all}, nil
}

// distinct returns what of has of the fields in which where holds, each once.
func (s *service) distinct(where func(held) bool, of func(held) string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, h := range s.All {
		if where(h) && !slices.Contains(all, of(h)) {
			all = append(all, of(h))
		}
	}
	return all
}

func (s *service) vaults() (all []onepassword.VaultOverview) {
	for _, name := range s.distinct(func(held) bool { return true }, func(h held) string { return h.Vault }) {
		all = append(all, onepassword.VaultOverview{ID: id(name), Title: name})
	}
	return all
}

func (s *service) items(vault string) (all []onepassword.ItemOverview) {
	for _, name := range s.distinct(func(h held) bool { return id(h.Vault) == vault }, func(h held) string { return h.Item }) {
		all = append(all, onepassword.ItemOverview{ID: id(name), Title: name})
	}
	return all
}

func (s *service) item(vault, wanted string) onepassword.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	var item onepassword.Item
	for _, h := range s.All {
		if id(h.Vault) != vault || id(h.Item) != wanted {
			continue
		}
		item.ID, item.Title = wanted, h.Item
		f := onepassword.ItemField{ID: id(h.Field), Title: h.Field, Value: h.Value, FieldType: onepassword.ItemFieldTypeConcealed}
		if h.Section != "" {
			section := id(h.Section)
			f.SectionID = &section
			item.Sections = append(item.Sections, onepassword.ItemSection{ID: section, Title: h.Section})
		}
		item.Fields = append(item.Fields, f)
	}
	return item
}

// mocks are the SDK's interfaces, without any call expected yet.
type mocks struct {
	secrets *MockSecretsAPI
	items   *MockItemsAPI
	vaults  *MockVaultsAPI
	client  *onepassword.Client
}

func newMocks(t testing.TB) mocks {
	ctrl := gomock.NewController(t)
	m := mocks{secrets: NewMockSecretsAPI(ctrl), items: NewMockItemsAPI(ctrl), vaults: NewMockVaultsAPI(ctrl)}
	m.client = &onepassword.Client{SecretsAPI: m.secrets, ItemsAPI: m.items, VaultsAPI: m.vaults}
	return m
}

// client returns a client of the SDK's type whose interfaces answer from s.
func (s *service) client(t testing.TB) *onepassword.Client {
	m := newMocks(t)
	m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).DoAndReturn(s.resolveAll).AnyTimes()
	m.vaults.EXPECT().List(gomock.Any()).DoAndReturn(
		func(context.Context, ...onepassword.VaultListParams) ([]onepassword.VaultOverview, error) {
			return s.vaults(), s.ready()
		}).AnyTimes()
	m.items.EXPECT().List(gomock.Any(), gomock.Any()).DoAndReturn(
		func(_ context.Context, vault string, _ ...onepassword.ItemListFilter) ([]onepassword.ItemOverview, error) {
			return s.items(vault), s.ready()
		}).AnyTimes()
	m.items.EXPECT().GetAll(gomock.Any(), gomock.Any(), gomock.Any()).DoAndReturn(
		func(_ context.Context, vault string, ids []string) (onepassword.ItemsGetAllResponse, error) {
			var response onepassword.ItemsGetAllResponse
			for _, wanted := range ids {
				item := s.item(vault, wanted)
				response.IndividualResponses = append(response.IndividualResponses, onepassword.Response[onepassword.Item, onepassword.ItemsGetAllError]{Content: &item})
			}
			return response, s.ready()
		}).AnyTimes()
	return m.client
}

// over returns a provider whose client is client.
func over(client *onepassword.Client, config Config) *Provider {
	config.Token = goodToken
	config.Connect = func(context.Context, secret.Value) (*onepassword.Client, error) { return client, nil }
	return New(config)
}

var ref = providertest.MustRef

func refs(t testing.TB, texts ...string) []secret.Ref {
	t.Helper()
	all := make([]secret.Ref, len(texts))
	for i, text := range texts {
		all[i] = ref(t, text)
	}
	return all
}
