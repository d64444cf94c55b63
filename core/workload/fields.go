package workload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// MarshalJSON writes the known fields, then the unknown ones by name.
func (s Spec) MarshalJSON() ([]byte, error) {
	type known Spec // without this method
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(known(s)); err != nil {
		return nil, err
	}
	object := bytes.TrimSuffix(bytes.TrimSpace(text.Bytes()), []byte("}"))
	for _, name := range s.Unknown() {
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		object = fmt.Appendf(object, ",%s:%s", quoted, s.unknown[name])
	}
	return append(object, '}'), nil
}

// UnmarshalJSON parses one object. Unlike [ReadSpec] it does not validate the fields.
func (s *Spec) UnmarshalJSON(text []byte) error {
	*s = Spec{}
	return readObject(text, s)
}

// readObject parses text, one object, into spec field by field, so that names are
// case-sensitive and a mistake is reported with its line.
func readObject(text []byte, spec *Spec) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	start, err := decoder.Token()
	if err != nil {
		return where(text, decoder, err)
	}
	if start != json.Delim('{') {
		return errors.New("line 1: expected a JSON object")
	}
	fields := specFields(spec)
	seen := map[string]bool{}
	for decoder.More() {
		if err := readField(text, decoder, spec, fields, seen); err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return where(text, decoder, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: text follows the object", line(text, decoder.InputOffset()))
	}
	return nil
}

func readField(text []byte, decoder *json.Decoder, spec *Spec, fields map[string]any, seen map[string]bool) error {
	token, err := decoder.Token()
	name, ok := token.(string)
	if err != nil || !ok {
		return where(text, decoder, err)
	}
	if seen[name] {
		return fmt.Errorf("line %d: duplicate field", line(text, decoder.InputOffset()))
	}
	seen[name] = true
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return where(text, decoder, err)
	}
	field, known := fields[name]
	if !known {
		if spec.unknown == nil {
			spec.unknown = map[string]json.RawMessage{}
		}
		spec.unknown[name] = value
		return nil
	}
	if err := json.Unmarshal(value, field); err != nil {
		from := decoder.InputOffset() - int64(len(value))
		return fmt.Errorf("line %d: %s is no %s", line(text, from+mistypedAt(err)), name, reflect.TypeOf(field).Elem())
	}
	return nil
}

// specFields returns pointers to the fields of spec, by their names in JSON.
func specFields(spec *Spec) map[string]any {
	value := reflect.ValueOf(spec).Elem()
	fields := map[string]any{}
	for i := range value.NumField() {
		if name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ","); name != "" {
			fields[name] = value.Field(i).Addr().Interface()
		}
	}
	return fields
}

func mistypedAt(err error) int64 {
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return mistyped.Offset
	}
	return 0
}

// where returns the kind of the mistake err with its line.
func where(text []byte, decoder *json.Decoder, err error) error {
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return errors.New("empty")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("line %d: cut off", line(text, int64(len(bytes.TrimRight(text, " \t\r\n")))))
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d: not JSON", line(text, max(syntax.Offset, decoder.InputOffset())))
	}
	return fmt.Errorf("line %d: not JSON", line(text, decoder.InputOffset()))
}

func line(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(int(offset), len(text))], []byte("\n"))
}
