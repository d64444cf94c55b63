package onepassword

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/1password/onepassword-sdk-go"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/mock/gomock"

	"github.com/thv-secrets/thv/core/secret"
)

type (
	itemResponse = onepassword.Response[onepassword.Item, onepassword.ItemsGetAllError]
	sdkField     = onepassword.ItemField
)

func collect(seq func(func(secret.Info, error) bool)) (all []secret.Info, err error) {
	for info, failed := range seq {
		if failed != nil {
			return all, failed
		}
		all = append(all, info)
	}
	return all, nil
}

func text(s string) *string { return &s }

func TestList_NamesFieldsByTheirIDs(t *testing.T) {
	m := newMocks(t)
	made, changed := time.Unix(1000, 0), time.Unix(2000, 0)
	m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{{ID: "v1", Title: "Work"}, {ID: "v2", Title: "Empty"}}, nil)
	m.items.EXPECT().List(gomock.Any(), "v1").Return([]onepassword.ItemOverview{
		{ID: "i1", Title: "Git\x1b[2JHub", CreatedAt: made, UpdatedAt: changed}, {ID: "i2", Title: "gone"}, {ID: "i3", Title: "notes only"},
	}, nil)
	m.items.EXPECT().List(gomock.Any(), "v2").Return(nil, nil)
	gone := onepassword.NewItemsGetAllErrorTypeVariantItemNotFound()
	m.items.EXPECT().GetAll(gomock.Any(), "v1", []string{"i1", "i2", "i3"}).Return(onepassword.ItemsGetAllResponse{IndividualResponses: []itemResponse{
		{Content: &onepassword.Item{ID: "i1", Sections: []onepassword.ItemSection{{ID: "s1", Title: "Admin"}}, Fields: []sdkField{
			{ID: "username", Title: "username", Value: "Canary"},
			{ID: "token", Title: "token", Value: "Canary", SectionID: text("s1")},
			{ID: "url", Title: "url", Value: "Canary", SectionID: text("")},
			{ID: "empty", Title: "empty"},
			{ID: "user[name]", Title: "from a web form", Value: "Canary"},
			{ID: "new", Title: "some new kind", Value: "Canary", FieldType: onepassword.ItemFieldTypeUnsupported},
		}}},
		{Error: &gone},
		{Content: &onepassword.Item{ID: "i3", Notes: "Canary"}},
	}}, nil)
	got, err := collect(over(m.client, Config{}).List(t.Context()))
	want := []secret.Info{
		{Name: "op://v1/i1/username", Description: "Work :: Git[2JHub :: username", Created: made, Updated: changed},
		{Name: "op://v1/i1/s1/token", Description: "Work :: Git[2JHub :: token", Created: made, Updated: changed},
		{Name: "op://v1/i1/url", Description: "Work :: Git[2JHub :: url", Created: made, Updated: changed},
		{Name: "op://v1/i3/notesPlain", Description: "Work :: notes only :: notes"},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestList_AsksForFiftyItemsAtOnce(t *testing.T) {
	m := newMocks(t)
	var items []onepassword.ItemOverview
	for i := range 120 {
		items = append(items, onepassword.ItemOverview{ID: fmt.Sprint("i", i)})
	}
	m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{{ID: "v"}}, nil)
	m.items.EXPECT().List(gomock.Any(), "v").Return(items, nil)
	var batches []int
	m.items.EXPECT().GetAll(gomock.Any(), "v", gomock.Any()).DoAndReturn(
		func(_ context.Context, _ string, ids []string) (response onepassword.ItemsGetAllResponse, _ error) {
			batches = append(batches, len(ids))
			for _, one := range ids {
				response.IndividualResponses = append(response.IndividualResponses, itemResponse{Content: &onepassword.Item{
					ID: one, Fields: []sdkField{{ID: "f", Value: "x"}},
				}})
			}
			return response, nil
		}).AnyTimes()
	got, err := collect(over(m.client, Config{}).List(t.Context()))
	if err != nil || len(got) != 120 {
		t.Errorf("%d names, %v", len(got), err)
	}
	if diff := cmp.Diff([]int{50, 50, 20}, batches); diff != "" {
		t.Error(diff)
	}
}

func TestList_EndsWithTheFirstError(t *testing.T) {
	m := newMocks(t)
	m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{{ID: "v1"}, {ID: "v2"}}, nil)
	m.items.EXPECT().List(gomock.Any(), "v1").Return(nil, errors.New("you don't have the right permissions"))
	yields := 0
	for info, err := range over(m.client, Config{}).List(t.Context()) {
		yields++
		if !errors.Is(err, secret.ErrDenied) || info != (secret.Info{}) {
			t.Errorf("%v, %v", info, err)
		}
	}
	if yields != 1 {
		t.Errorf("%d yields", yields)
	}
}

func TestCheck_ReadsNoSecretAndNeedsAVault(t *testing.T) {
	m := newMocks(t) // which expect nothing but this
	gomock.InOrder(
		m.vaults.EXPECT().List(gomock.Any()).Return([]onepassword.VaultOverview{{ID: "v"}}, nil),
		m.vaults.EXPECT().List(gomock.Any()).Return(nil, nil),
		m.vaults.EXPECT().List(gomock.Any()).Return(nil, errors.New("you are not authenticated")),
	)
	p := over(m.client, Config{})
	if err := p.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "no vault") {
		t.Error(err)
	}
	if err := p.Check(t.Context()); !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "token") {
		t.Error(err)
	}
}
