package onepassword

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/1password/onepassword-sdk-go"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/mock/gomock"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// classesOf are the classes of results, and where one has a value, that.
func classesOf(results []provider.Result) (all []string) {
	for _, r := range results {
		all = append(all, strings.TrimSpace(string(secret.ClassOf(r.Err))+" "+string(r.Value.Bytes())))
	}
	return all
}

// lookups are the calls with which names are looked up, each with a reference that
// needs it and another one.
var lookups = map[string]struct {
	one, other string
	fails      func(m mocks, err error) *gomock.Call
}{
	"vaults": {"op://K%C3%A4se/i/f", "op://%28x%29/i/f", func(m mocks, err error) *gomock.Call {
		return m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{}, err)
	}},
	"items": {"op://" + id("v") + "/%28x%29/f", "op://" + id("v") + "/%28y%29/f", func(m mocks, err error) *gomock.Call {
		return m.items.EXPECT().List(gomock.Any(), id("v")).Return([]onepassword.ItemOverview{}, err)
	}},
	"fields": {"op://" + id("v") + "/" + id("i") + "/%28x%29", "op://" + id("v") + "/" + id("i") + "/%28y%29", func(m mocks, err error) *gomock.Call {
		return m.items.EXPECT().GetAll(gomock.Any(), id("v"), []string{id("i")}).Return(onepassword.ItemsGetAllResponse{}, err)
	}},
}

// troubles are what the service may say, with the class of each, and whether it
// may be of nothing but what was asked.
var troubles = map[string]struct {
	class secret.Class
	only  bool
}{
	"rate limit exceeded":                                 {secret.ClassUnavailable, false},
	"you are not authenticated":                           {secret.ClassDenied, false},
	"dial tcp: lookup x: no such host":                    {secret.ClassUnavailable, false},
	"no such host (recovered by wazero)":                  {secret.ClassUnavailable, false},
	"Canary: an unknown failure":                          {secret.ClassUnavailable, true},
	"you don't have the right permissions to do this: ok": {secret.ClassDenied, true},
}

func TestGetAll_AFailedLookupIsNoAbsenceAndIsNotRepeated(t *testing.T) {
	for what, call := range lookups {
		for says, trouble := range troubles {
			m := newMocks(t) // of which nothing but this is expected
			call.fails(m, errors.New(says)).Times(2)
			p := over(m.client, Config{})
			for range 2 { // nothing of it is remembered
				results, err := p.GetAll(t.Context(), refs(t, call.one, call.other, call.one))
				want := []string{string(trouble.class), string(trouble.class), string(trouble.class)}
				if diff := cmp.Diff(want, classesOf(results)); err != nil || diff != "" || results[0].Cached {
					t.Errorf("%s, %s: %v\n%s", what, says, err, diff)
				}
			}
		}
	}
}

func TestGetAll_AsksNoFurtherWhereTheServiceFails(t *testing.T) {
	for what, call := range lookups {
		for says, trouble := range troubles {
			for _, texts := range [][]string{{"op://v/i/f", call.one}, {call.one, "op://v/i/f"}} {
				m := newMocks(t)
				call.fails(m, errors.New(says))
				wanted := map[string]string{call.one: string(trouble.class), "op://v/i/f": string(trouble.class)}
				if trouble.only && what != "vaults" {
					m.secrets.EXPECT().ResolveAll(gomock.Any(), []string{"op://v/i/f"}).Return(one("op://v/i/f", "value"), nil)
					wanted["op://v/i/f"] = "ok value"
				}
				results, err := over(m.client, Config{}).GetAll(t.Context(), refs(t, texts...))
				if diff := cmp.Diff([]string{wanted[texts[0]], wanted[texts[1]]}, classesOf(results)); err != nil || diff != "" {
					t.Errorf("%s, %s: %v\n%s", what, says, err, diff)
				}
			}
		}
	}
}

func TestGetAll_EachKeepsItsClassWhereTheServiceFails(t *testing.T) {
	limited := errors.New("rate limit exceeded")
	absent, invalid, plain := "op://%C3%B6/i/f", "op://v/i", "op://v/i/f"
	for at, fail := range map[string]func(m mocks){
		"looking up": func(m mocks) { m.items.EXPECT().List(gomock.Any(), id("v")).Return(nil, limited) },
		"resolving": func(m mocks) {
			m.items.EXPECT().List(gomock.Any(), id("v")).Return([]onepassword.ItemOverview{{ID: id("(x)"), Title: "(x)"}}, nil)
			m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(onepassword.ResolveAllResponse{}, limited)
		},
	} {
		m := newMocks(t)
		m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{{ID: id("v"), Title: "v"}}, nil)
		fail(m)
		p := over(m.client, Config{})
		results, err := p.GetAll(t.Context(), refs(t, absent, invalid, "bare", plain, "op://"+id("v")+"/%28x%29/f"))
		want := []string{"not-found", "invalid-ref", "not-found", "unavailable", "unavailable"}
		if diff := cmp.Diff(want, classesOf(results)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", at, err, diff)
		}
		// What was found to be missing is remembered, without a request.
		results, err = p.GetAll(t.Context(), refs(t, absent))
		if err != nil || !errors.Is(results[0].Err, secret.ErrNotFound) || !results[0].Cached {
			t.Errorf("%s: %v, %v", at, results, err)
		}
	}
}

func TestGetAll_AsksForTheFieldsOfAnItemOnce(t *testing.T) {
	m := newMocks(t)
	var fields []sdkField
	var texts []string
	for n := range 20 {
		name := "käy" + strings.Repeat("x", n)
		fields = append(fields, sdkField{ID: id(name), Title: name, Value: "x"})
		texts = append(texts, "op://"+id("v")+"/"+id("i")+"/k%C3%A4y"+strings.Repeat("x", n))
	}
	m.items.EXPECT().GetAll(gomock.Any(), id("v"), []string{id("i")}).Return(onepassword.ItemsGetAllResponse{
		IndividualResponses: []itemResponse{{Content: &onepassword.Item{ID: id("i"), Fields: fields}}},
	}, nil).Times(1)
	m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Len(20)).DoAndReturn(
		func(_ context.Context, sent []string) (onepassword.ResolveAllResponse, error) {
			all := onepassword.ResolveAllResponse{IndividualResponses: map[string]response{}}
			for n, text := range sent {
				if want := "op://" + id("v") + "/" + id("i") + "/" + fields[n].ID; text != want {
					t.Errorf("%s is sent for %s", text, want)
				}
				all.IndividualResponses[text] = response{Content: &onepassword.ResolvedReference{Secret: "value"}}
			}
			return all, nil
		}).Times(1)
	results, err := over(m.client, Config{}).GetAll(t.Context(), refs(t, texts...))
	for _, r := range results {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}
	if err != nil || len(results) != 20 {
		t.Errorf("%d results, %v", len(results), err)
	}
}

func TestGetAll_AnItemThatIsNotShownIsAbsentOnlyIfTheServiceSaysSo(t *testing.T) {
	gone, broken := onepassword.NewItemsGetAllErrorTypeVariantItemNotFound(), onepassword.NewItemsGetAllErrorTypeVariantInternal("Canary")
	for want, responses := range map[string][]itemResponse{
		"not-found": {{Error: &gone}}, "unavailable": {{Error: &broken}}, " unavailable": {{}}, "unavailable ": nil,
	} {
		m := newMocks(t)
		m.items.EXPECT().GetAll(gomock.Any(), gomock.Any(), gomock.Any()).Return(onepassword.ItemsGetAllResponse{IndividualResponses: responses}, nil)
		m.secrets.EXPECT().ResolveAll(gomock.Any(), []string{"op://v/i/f"}).Return(one("op://v/i/f", "value"), nil)
		results, err := over(m.client, Config{}).GetAll(t.Context(), refs(t, lookups["fields"].one, lookups["fields"].other, "op://v/i/f"))
		class := strings.TrimSpace(want)
		if diff := cmp.Diff([]string{class, class, "ok value"}, classesOf(results)); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}
