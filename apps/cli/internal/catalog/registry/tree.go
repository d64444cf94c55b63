package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// node is a value of a JSON text, with its position.
type node struct {
	// at is the offset of its first byte.
	at int64
	// value is a string, json.Number, bool or nil; of a list and an object it is
	// the json.Delim that opens it.
	value  any
	items  []*node
	fields []field
}

type field struct {
	name  string
	at    int64
	value *node
}

// kind is the name of the node's type, for messages.
func (n *node) kind() string {
	switch v := n.value.(type) {
	case string:
		return "a text"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	case json.Delim:
		if v == '[' {
			return "a list"
		}
		return "an object"
	}
	return "null"
}

// readTree reads a whole JSON text. The error is a *json.SyntaxError.
func readTree(text []byte) (*node, error) {
	var whole json.RawMessage
	// It checks all of the text first, its depth included.
	if err := json.Unmarshal(text, &whole); err != nil {
		return nil, err
	}
	t := tree{text: text, decoder: json.NewDecoder(bytes.NewReader(text))}
	t.decoder.UseNumber()
	return t.node()
}

type tree struct {
	text    []byte
	decoder *json.Decoder
}

// next is the offset of the next token.
func (t *tree) next() int64 {
	at := t.decoder.InputOffset()
	for at < int64(len(t.text)) && strings.IndexByte(" \t\r\n,:", t.text[at]) >= 0 {
		at++
	}
	return at
}

func (t *tree) node() (*node, error) {
	n := &node{at: t.next()}
	token, err := t.decoder.Token()
	if err != nil {
		return nil, err
	}
	n.value = token
	opening, nested := token.(json.Delim)
	if !nested {
		return n, nil
	}
	for t.decoder.More() {
		if err := t.add(n, opening); err != nil {
			return nil, err
		}
	}
	_, err = t.decoder.Token() // which closes it
	return n, err
}

func (t *tree) add(n *node, opening json.Delim) error {
	if opening == '[' {
		item, err := t.node()
		n.items = append(n.items, item)
		return err
	}
	at := t.next()
	name, err := t.decoder.Token()
	if err != nil {
		return err
	}
	value, err := t.node()
	n.fields = append(n.fields, field{name: name.(string), at: at, value: value})
	return err
}

// position is the line and column of an offset, from 1; columns count bytes.
func position(text []byte, offset int64) string {
	before := text[:max(0, min(int(offset), len(text)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	return fmt.Sprintf("%d:%d", line, len(before)-bytes.LastIndexByte(before, '\n'))
}

// syntaxPosition returns the position of an error of readTree.
func syntaxPosition(text []byte, err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return position(text, syntax.Offset-1)
	}
	return position(text, int64(len(text)))
}
