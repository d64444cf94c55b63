package entries

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() []Entry {
	return []Entry{
		{Name: []byte("b"), Value: []byte("2"), Description: []byte("two"), Created: 1, Updated: -2},
		{Name: []byte("a"), Value: []byte{}, Description: []byte{}},
		{Name: []byte(""), Value: []byte("no name"), Description: []byte{}},
	}
}

func TestJoin_SortsAndAllYieldsWhatWasJoined(t *testing.T) {
	var got []Entry
	for e, err := range Join(sample()).All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	want := []Entry{sample()[2], sample()[1], sample()[0]}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFind_TellsWhereANameIsOrBelongs(t *testing.T) {
	list := Join(sample())
	for name, found := range map[string]bool{"": true, "a": true, "aa": false, "b": true, "c": false, "\x00": false} {
		span, err := list.Find(name)
		if err != nil || span.Found != found {
			t.Errorf("%q: found %v, %v", name, span.Found, err)
		}
		changed := bytes.Join([][]byte{list[:span.Start], Encode(Entry{Name: []byte(name), Value: []byte("new")}), list[span.End:]}, nil)
		if err := List(changed).Check(); err != nil {
			t.Errorf("%q put in its place: %v", name, err)
		}
	}
}

func TestCheck_RefusesDisorderAndTruncation(t *testing.T) {
	list := Join(sample())
	twice := append(bytes.Clone(list), list...)
	if err := List(twice).Check(); !errors.Is(err, ErrMalformed) {
		t.Errorf("disorder: %v", err)
	}
	whole := map[int]bool{0: true}
	for e, err := range list.All() {
		if err != nil {
			t.Fatalf("a checked list yields %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		span, _ := list.Find(string(e.Name))
		whole[span.End] = true
	}
	for size := range len(list) {
		if err := list[:size].Check(); (err == nil) != whole[size] {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte(Join(sample())), "a")
	f.Add(bytes.Repeat([]byte{0xff}, 40), "")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		list := List(data)
		span, err := list.Find(name)
		if err == nil && (span.Start < 0 || span.End < span.Start || span.End > len(list)) {
			t.Fatalf("span %d to %d of %d", span.Start, span.End, len(list))
		}
		if list.Check() != nil {
			return
		}
		var all []Entry
		held := false
		for e, err := range list.All() {
			if err != nil {
				t.Fatalf("a checked list yields %v", err)
			}
			all = append(all, e)
			held = held || string(e.Name) == name
		}
		if !bytes.Equal(Join(all), list) {
			t.Fatal("read and written it is another")
		}
		if err != nil || span.Found != held {
			t.Fatalf("found %v, held %v, %v", span.Found, held, err)
		}
	})
}

func BenchmarkFind_LastOf10000(b *testing.B) {
	var all []Entry
	for i := range 10_000 {
		all = append(all, Entry{Name: fmt.Appendf(nil, "secret-%05d", i), Value: make([]byte, 100)})
	}
	list := Join(all)
	b.ReportAllocs()
	for b.Loop() {
		if span, err := list.Find("secret-09999"); err != nil || !span.Found {
			b.Fatal("not found")
		}
	}
}
