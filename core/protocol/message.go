package protocol

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// Version is the version of the protocol that this package implements.
const Version = 1

// Op is the operation of a request.
type Op string

// The operations. All except OpHello and OpGet are also the names of capabilities.
const (
	OpHello  Op = "hello"
	OpGet    Op = "get"
	OpGetAll Op = "get-all"
	OpPut    Op = "put"
	OpDelete Op = "delete"
	OpList   Op = "list"
	OpCheck  Op = "check"
)

// Request is a message of the host.
type Request struct {
	// ID is chosen by the host. It is greater than zero and never used twice.
	ID int64 `json:"id"`
	Op Op    `json:"op"`
	// Versions are the protocol versions of the host, and Scheme is the scheme of the
	// references in later requests; both are for OpHello only.
	Versions []int  `json:"versions,omitempty"`
	Scheme   string `json:"scheme,omitempty"`
	// Ref is the text of a reference, for OpGet, OpPut and OpDelete.
	Ref string `json:"ref,omitempty"`
	// Refs are the references of OpGetAll, possibly with duplicates.
	Refs []string `json:"refs,omitempty"`
	// Value is the value to store, for OpPut.
	Value *Plaintext `json:"value,omitempty"`
	// TimeoutMS is the time for the answer, in milliseconds from the receipt of the
	// request.
	TimeoutMS int64 `json:"timeout_ms"`
}

// Answer is a message of the provider. The request determines its fields; see
// [Answer.Fits].
type Answer struct {
	// ID is the ID of the request.
	ID int64 `json:"id"`
	// Version, Name and Capabilities answer OpHello.
	Version      int      `json:"version,omitempty"`
	Name         string   `json:"name,omitempty"`
	Capabilities []string `json:"capabilities,omitzero"`
	// Value and Cached answer OpGet. Cached is true if the backend was not asked.
	Value  *Plaintext `json:"value,omitempty"`
	Cached bool       `json:"cached,omitempty"`
	// Results answer OpGetAll and Items OpList, in pages. More is true if another answer
	// to the same request follows.
	Results []Result `json:"results,omitzero"`
	Items   []Item   `json:"items,omitzero"`
	More    bool     `json:"more,omitempty"`
	// Error is the answer to any request that failed. No page follows it.
	Error *Failure `json:"error,omitempty"`
}

// Result is the result for one reference of OpGetAll: Value or Error, each possibly with
// Cached.
type Result struct {
	Value  *Plaintext `json:"value,omitempty"`
	Cached bool       `json:"cached,omitempty"`
	Error  *Failure   `json:"error,omitempty"`
}

// Item is one secret of OpList.
type Item struct {
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"created,omitzero"`
	Updated     time.Time `json:"updated,omitzero"`
}

// Plaintext is a value in a message, in base64. It prints as secret.Redacted like any
// [secret.Value], but its JSON contains the value: write messages only to the other
// side.
type Plaintext struct{ secret.Value }

// NewPlaintext returns value in the form for messages.
func NewPlaintext(value secret.Value) *Plaintext { return &Plaintext{value} }

// MarshalJSON returns the value as a JSON string of standard base64 with padding.
func (p Plaintext) MarshalJSON() ([]byte, error) {
	plain := p.Bytes()
	text := make([]byte, base64.StdEncoding.EncodedLen(len(plain))+2)
	text[0], text[len(text)-1] = '"', '"'
	base64.StdEncoding.Encode(text[1:], plain)
	return text, nil
}

var errBase64 = errors.New("a value is not standard base64 with padding")

// UnmarshalJSON parses the output of MarshalJSON. Its error does not repeat the text.
func (p *Plaintext) UnmarshalJSON(text []byte) error {
	var encoded string
	if err := json.Unmarshal(text, &encoded); err != nil {
		return errBase64
	}
	plain, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || bytes.ContainsAny([]byte(encoded), "\r\n") { // which DecodeString skips
		return errBase64
	}
	p.Value = secret.NewValue(plain)
	return nil
}

// Fits returns why a is not a valid answer to op, or "" if it is. The text does not
// repeat a.
func (a *Answer) Fits(op Op) string {
	if a.Error != nil {
		return a.fitsError()
	}
	paged := op == OpGetAll || op == OpList
	switch {
	case (a.Version != 0) != (op == OpHello):
		return "version is in the answer to hello, and in no other"
	case (a.Name != "" || a.Capabilities != nil) && op != OpHello:
		return "name and capabilities are in the answer to hello, and in no other"
	case (a.Value != nil) != (op == OpGet):
		return "value is in the answer to get, and in no other"
	case a.Cached && op != OpGet:
		return "cached is beside a value or in the results, and nowhere else"
	case (a.Results != nil) != (op == OpGetAll):
		return "results is in the answer to get-all, and in no other"
	case (a.Items != nil) != (op == OpList):
		return "items is in the answer to list, and in no other"
	case a.More && !paged:
		return "only get-all and list are answered in pages"
	}
	for _, r := range a.Results {
		if (r.Value != nil) == (r.Error != nil) {
			return "each of the results has a value or an error"
		}
	}
	return ""
}

// fitsError is [Answer.Fits] for an error, which excludes all other fields.
func (a *Answer) fitsError() string {
	greets := a.Version != 0 || a.Name != "" || a.Capabilities != nil
	answers := a.Value != nil || a.Cached || a.Results != nil || a.Items != nil || a.More
	if greets || answers {
		return "it has an error and an answer"
	}
	return ""
}
