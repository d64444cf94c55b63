package onepassword

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/1password/onepassword-sdk-go"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/mock/gomock"

	"github.com/thv-secrets/thv/core/secret"
)

type (
	response = onepassword.Response[onepassword.ResolvedReference, onepassword.ResolveReferenceError]
	failing  = onepassword.ResolveReferenceError
)

// one is a service's answer with one value.
func one(text, value string) onepassword.ResolveAllResponse {
	return onepassword.ResolveAllResponse{IndividualResponses: map[string]response{
		text: {Content: &onepassword.ResolvedReference{Secret: value}},
	}}
}

func TestGet_IsOneResolveAll(t *testing.T) {
	m := newMocks(t)
	m.secrets.EXPECT().ResolveAll(gomock.Any(), []string{"op://My Vault/i/f?attribute=otp"}).
		Return(one("op://My Vault/i/f?attribute=otp", "123456"), nil)
	got, err := over(m.client, Config{}).Get(t.Context(), ref(t, "op://My%20Vault/i/f?attribute=otp"))
	if err != nil || string(got.Bytes()) != "123456" {
		t.Errorf("%d bytes, %v", got.Len(), err)
	}
}

func TestGetAll_AsksOnceForAllThatCanBeAsked(t *testing.T) {
	m := newMocks(t)
	m.secrets.EXPECT().ResolveAll(gomock.Any(), []string{"op://v/i/b", "op://v/i/a", "op://v/name/credential"}).DoAndReturn(
		func(_ context.Context, texts []string) (onepassword.ResolveAllResponse, error) {
			all := onepassword.ResolveAllResponse{IndividualResponses: map[string]response{}}
			for _, text := range texts {
				all.IndividualResponses[text] = response{Content: &onepassword.ResolvedReference{Secret: "of " + text}}
			}
			return all, nil
		})
	p := over(m.client, Config{Vault: "v"})
	results, err := p.GetAll(t.Context(), refs(t, "op://v/i/b", "op://v/i", "op://v/i/a", "op://v/i/b", "a/b", "name",
		"op://v/%69/a", "env://X", "op://v/i/f?attribute=type", "op://v/name/credential"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range results {
		got = append(got, string(r.Value.Bytes())+string(secret.ClassOf(r.Err)))
	}
	want := []string{"of op://v/i/bok", "invalid-ref", "of op://v/i/aok", "of op://v/i/bok", "not-found", "of op://v/name/credentialok",
		"of op://v/i/aok", "invalid-ref", "unsupported", "of op://v/name/credentialok"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGetAll_LooksANameUpOnce(t *testing.T) {
	m := newMocks(t)
	vault, item := id("v"), id("i")
	m.items.EXPECT().GetAll(gomock.Any(), vault, []string{item}).Return(onepassword.ItemsGetAllResponse{
		IndividualResponses: []itemResponse{{Content: &onepassword.Item{ID: item, Fields: []sdkField{{ID: "f", Title: "käy", Value: "x"}}}}},
	}, nil).Times(1)
	sent := "op://" + vault + "/" + item + "/f"
	m.secrets.EXPECT().ResolveAll(gomock.Any(), []string{sent}).Return(one(sent, "value"), nil)
	named := "op://" + vault + "/" + item + "/k%C3%A4y"
	results, err := over(m.client, Config{}).GetAll(t.Context(), refs(t, named, named, sent))
	if err != nil || len(results) != 3 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	for i, r := range results {
		if r.Err != nil || string(r.Value.Bytes()) != "value" {
			t.Errorf("%d: %d bytes, %v", i, r.Value.Len(), r.Err)
		}
	}
}

func TestGetAll_AsksNobodyForNothing(t *testing.T) {
	p := New(Config{Token: goodToken, Connect: func(context.Context, secret.Value) (*onepassword.Client, error) {
		t.Error("it connects")
		return nil, errors.New("no")
	}})
	for _, all := range [][]secret.Ref{nil, refs(t, "bare", "op://v/i", "env://X")} {
		results, err := p.GetAll(t.Context(), all)
		if err != nil || len(results) != len(all) {
			t.Errorf("%v: %d results, %v", all, len(results), err)
		}
	}
}

func TestGet_NotFoundIsRemembered(t *testing.T) {
	m := newMocks(t)
	missing := onepassword.NewResolveReferenceErrorTypeVariantItemNotFound()
	m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{
		IndividualResponses: map[string]response{"op://v/i/f": {Error: &missing}},
	}, nil).Times(2)
	p := over(m.client, Config{})
	for range 3 {
		if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrNotFound) {
			t.Fatal(err)
		}
	}
	results, err := p.GetAll(t.Context(), refs(t, "op://v/i/f", "op://v/i/%66"))
	if err != nil || !errors.Is(results[0].Err, secret.ErrNotFound) || !errors.Is(results[1].Err, secret.ErrNotFound) {
		t.Errorf("%v, %v", results, err)
	}
	if !results[0].Cached {
		t.Error("the answer does not say that it comes from memory")
	}
	// The next session asks again, with the same client.
	results, err = p.Session().GetAll(t.Context(), refs(t, "op://v/i/f"))
	if err != nil || !errors.Is(results[0].Err, secret.ErrNotFound) || results[0].Cached {
		t.Errorf("another session: %v, %v", results, err)
	}
}

func TestGet_FailuresAreNotRemembered(t *testing.T) {
	m := newMocks(t)
	other := onepassword.NewResolveReferenceErrorTypeVariantOther()
	gomock.InOrder(
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{}, errors.New("boom")),
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{}, nil),
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{
			IndividualResponses: map[string]response{"op://v/i/f": {Error: &other}},
		}, nil),
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{
			IndividualResponses: map[string]response{"op://v/i/f": {}},
		}, nil),
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(one("op://v/i/f", "at last"), nil),
	)
	p := over(m.client, Config{})
	for i := range 4 {
		if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrUnavailable) {
			t.Errorf("call %d: %v", i+1, err)
		}
	}
	if got, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || got.Len() == 0 {
		t.Error(err)
	}
}

func TestGet_EachReferenceHasItsOwnClass(t *testing.T) {
	const canary = "Canary-message"
	for _, c := range []struct {
		err   failing
		class error
		says  string
	}{
		{onepassword.NewResolveReferenceErrorTypeVariantVaultNotFound(), secret.ErrNotFound, "vault"},
		{onepassword.NewResolveReferenceErrorTypeVariantItemNotFound(), secret.ErrNotFound, "item"},
		{onepassword.NewResolveReferenceErrorTypeVariantNoMatchingSections(), secret.ErrNotFound, "section"},
		{onepassword.NewResolveReferenceErrorTypeVariantFieldNotFound(), secret.ErrNotFound, "field"},
		{onepassword.NewResolveReferenceErrorTypeVariantTooManyVaults(), secret.ErrConflict, "vault"},
		{onepassword.NewResolveReferenceErrorTypeVariantTooManyItems(), secret.ErrConflict, "item"},
		{onepassword.NewResolveReferenceErrorTypeVariantTooManyMatchingFields(), secret.ErrConflict, "use the ID"},
		{onepassword.NewResolveReferenceErrorTypeVariantParsing(canary), secret.ErrInvalidRef, form},
		{onepassword.NewResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField(), secret.ErrUnsupported, "one-time"},
		{onepassword.NewResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField(), secret.ErrUnsupported, "SSH key"},
		{onepassword.NewResolveReferenceErrorTypeVariantUnsupportedFileFormat(), secret.ErrUnsupported, "text"},
		{onepassword.NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode(canary), secret.ErrCorrupt, "one-time"},
		{onepassword.NewResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound(), secret.ErrCorrupt, "private key"},
		{onepassword.NewResolveReferenceErrorTypeVariantUnableToParsePrivateKey(), secret.ErrCorrupt, "private key"},
		{onepassword.NewResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH(), secret.ErrCorrupt, "private key"},
		{onepassword.NewResolveReferenceErrorTypeVariantOther(), secret.ErrUnavailable, "does not say why"},
		{onepassword.ResolveReferenceError{Type: "itemNotFoundInSomeNewWay"}, secret.ErrUnavailable, "does not say why"},
	} {
		m := newMocks(t)
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{
			IndividualResponses: map[string]response{"op://v/i/f": {Error: &c.err}, "op://v/i/g": {Content: &onepassword.ResolvedReference{Secret: "fine"}}},
		}, nil)
		results, err := over(m.client, Config{}).GetAll(t.Context(), refs(t, "op://v/i/f", "op://v/i/g"))
		if err != nil || results[1].Err != nil {
			t.Fatalf("%s spoils the others: %v", c.err.Type, err)
		}
		err = results[0].Err
		if !errors.Is(err, c.class) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", c.err.Type, err)
		}
	}
}
