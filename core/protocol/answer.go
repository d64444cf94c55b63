package protocol

import (
	"context"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// answer processes one request and writes its answer. If it returns an error, the caller
// must write that as the answer.
func (s *service) answer(ctx context.Context, r Request) error {
	if s.provider == nil {
		return unsupported("the first request is hello")
	}
	switch r.Op {
	case OpGet:
		return s.get(ctx, r)
	case OpGetAll:
		return s.getAll(ctx, r)
	case OpPut:
		return s.put(ctx, r)
	case OpDelete:
		return s.remove(ctx, r)
	case OpList:
		return s.list(ctx, r)
	case OpCheck:
		return s.check(ctx, r)
	case OpHello:
		return unsupported("there was a hello before")
	}
	return unsupported("version %d of the provider protocol has no such operation", Version)
}

func (s *service) get(ctx context.Context, r Request) error {
	ref, err := parseRef(r.Ref)
	if err != nil {
		return err
	}
	value, err := s.provider.Get(ctx, ref)
	if err != nil {
		return err
	}
	if value.Len() > MaxValue {
		return tooLarge()
	}
	return s.write(Answer{ID: r.ID, Value: NewPlaintext(value)})
}

func (s *service) put(ctx context.Context, r Request) error {
	writer, ok := s.provider.(provider.Writer)
	if !ok {
		return s.cannot("store secrets")
	}
	ref, err := parseRef(r.Ref)
	if err != nil {
		return err
	}
	if r.Value == nil {
		return fmt.Errorf("%w: a put has a value", secret.ErrInvalidRef)
	}
	if err := writer.Put(ctx, ref, r.Value.Value); err != nil {
		return err
	}
	return s.write(Answer{ID: r.ID})
}

func (s *service) remove(ctx context.Context, r Request) error {
	deleter, ok := s.provider.(provider.Deleter)
	if !ok {
		return s.cannot("delete secrets")
	}
	ref, err := parseRef(r.Ref)
	if err != nil {
		return err
	}
	if err := deleter.Delete(ctx, ref); err != nil {
		return err
	}
	return s.write(Answer{ID: r.ID})
}

func (s *service) check(ctx context.Context, r Request) error {
	checker, ok := s.provider.(provider.Checker)
	if !ok {
		return s.cannot("tell whether it is ready")
	}
	if err := checker.Check(ctx); err != nil {
		return err
	}
	return s.write(Answer{ID: r.ID})
}

func (s *service) cannot(what string) error {
	name := s.Name
	if name == "" {
		name = "this program"
	}
	return unsupported("%s cannot %s", name, what)
}

// parseRef parses a reference from the host, which may refer to system secrets.
func parseRef(text string) (secret.Ref, error) {
	if strings.HasPrefix(text, secret.SystemPrefix) {
		return secret.ParseSystemRef(text)
	}
	return secret.ParseRef(text)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrUnsupported, fmt.Sprintf(format, args...))
}
