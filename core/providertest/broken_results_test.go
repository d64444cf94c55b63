package providertest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// onGet makes change what a working Get answers for refs that hold text: their
// errors, and for api-key its value.
func onGet(text string, change func(secret.Value, error) (secret.Value, error)) func(*wrong) {
	return func(w *wrong) {
		w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
			value, err := w.rightGet(ctx, ref)
			fails := text != "api-key"
			if w.works(ctx) && strings.Contains(ref.String(), text) && fails == (err != nil) {
				return change(value, err)
			}
			return value, err
		}
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			results := make([]provider.Result, len(refs))
			for i, ref := range refs {
				results[i].Value, results[i].Err = w.get(ctx, ref)
				if results[i].Err != nil {
					results[i].Value = secret.Value{}
				}
			}
			return results, w.noResults(ctx, &results)
		}
	}
}

func (*wrong) noResults(ctx context.Context, results *[]provider.Result) error {
	if ctx.Err() != nil {
		*results = nil
	}
	return ctx.Err()
}

// works reports whether the operation is not the one that is broken.
func (w *wrong) works(ctx context.Context) bool {
	return ctx.Err() == nil && !w.broken.Load() && !w.hanging.Load()
}

func answer(err error) func(secret.Value, error) (secret.Value, error) {
	return func(secret.Value, error) (secret.Value, error) { return secret.Value{}, err }
}

// onPut makes instead replace a Put where when holds.
func onPut(when func(*wrong, secret.Ref, secret.Value) bool, instead func(*wrong, context.Context, secret.Ref, secret.Value) error) func(*wrong) {
	return func(w *wrong) {
		w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
			if w.works(ctx) && when(w, ref, value) {
				return instead(w, ctx, ref, value)
			}
			return w.rightPut(ctx, ref, value)
		}
	}
}

func refIs(text string) func(*wrong, secret.Ref, secret.Value) bool {
	return func(_ *wrong, ref secret.Ref, _ secret.Value) bool { return strings.Contains(ref.String(), text) }
}

func putNothing(*wrong, context.Context, secret.Ref, secret.Value) error { return nil } //nolint:revive // the shape of a method's hook

func canaryLike(value secret.Value) bool { return strings.HasPrefix(string(value.Bytes()), "Canary-") }

// brokenProviders has for each promise a provider that breaks only that one.
var brokenProviders = map[string]func(*wrong){
	"Get_AnswersTheValueByteForByte": func(w *wrong) {
		onGet("api-key", func(v secret.Value, err error) (secret.Value, error) {
			return secret.NewValue([]byte(strings.TrimSpace(string(v.Bytes())))), err
		})(w)
	},
	"Get_MissingIsNotFound":          onGet("missing", answer(secret.ErrUnavailable)),
	"Get_ForeignSchemeIsInvalidRef":  onGet("foreign", answer(secret.ErrNotFound)),
	"Get_UnreadablePathIsInvalidRef": onGet("memory:///", answer(secret.ErrNotFound)),
	"Get_NameItCannotHoldIsNotFound": onGet(".hidden", answer(secret.ErrInvalidRef)),
	"Get_ErrorComesWithTheZeroValue": onGet("missing", func(_ secret.Value, err error) (secret.Value, error) {
		return secret.NewValue([]byte("left over")), err
	}),
	"Get_ContextErrorsAreUnchanged": func(w *wrong) {
		w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
			value, err := w.rightGet(ctx, ref)
			if errors.Is(err, context.DeadlineExceeded) {
				err = secret.ErrUnavailable
			}
			return value, err
		}
	},
	"Errors_WrapExactlyOneSentinel": onGet("missing", answer(errors.Join(secret.ErrDenied, secret.ErrNotFound))),
	"Errors_AreLowerCase":           onGet("missing", answer(fmt.Errorf("Nothing there: %w", secret.ErrNotFound))),
	"Errors_HoldNoValue": func(w *wrong) {
		onGet("missing", func(secret.Value, error) (secret.Value, error) {
			kept, _ := w.store.Get(context.Background(), mustRef("other"))
			return secret.Value{}, fmt.Errorf("%w beside %s", secret.ErrNotFound, kept.Bytes())
		})(w)
	},

	"Put_IsReadBack": onPut(func(w *wrong, ref secret.Ref, _ secret.Value) bool {
		return ref.Path() == "missing"
	}, func(w *wrong, ctx context.Context, ref secret.Ref, value secret.Value) error {
		r := newWrong()
		w.reopen = func() *wrong { return r }
		return r.rightPut(ctx, ref, value)
	}),
	"Put_ReplacesWhatWasThere": onPut(func(w *wrong, ref secret.Ref, value secret.Value) bool {
		return ref.Path() == "api-key" && canaryLike(value) && w.busy.Add(1) == 1 // the first Put only
	}, putNothing),
	"Put_LeavesOthersAlone": onPut(refIs("missing"), func(w *wrong, ctx context.Context, ref secret.Ref, value secret.Value) error {
		return errors.Join(w.rightPut(ctx, ref, value), w.rightPut(ctx, mustRef("other"), value))
	}),
	"Put_SurvivesReopening":         func(w *wrong) { w.reopen = newWrong },
	"Put_ForeignSchemeIsInvalidRef": onPut(refIs("foreign"), putNothing),
	"Put_NameItCannotHoldIsInvalidRef": onPut(refIs(".hidden"), func(*wrong, context.Context, secret.Ref, secret.Value) error {
		return secret.ErrNotFound
	}),
	"Put_OverTheLimitIsTooLarge": onPut(func(_ *wrong, _ secret.Ref, v secret.Value) bool {
		return v.Len() > MemoryMaxValue
	}, func(*wrong, context.Context, secret.Ref, secret.Value) error { return secret.ErrUnsupported }),
	"Put_ValueItCannotHoldIsUnsupported": onPut(func(_ *wrong, _ secret.Ref, v secret.Value) bool {
		return v.Equal(unstorable)
	}, func(*wrong, context.Context, secret.Ref, secret.Value) error { return secret.ErrInvalidRef }),
	"Put_ErrorLeavesWhatWasThere": func(w *wrong) {
		w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
			err := w.rightPut(ctx, ref, value)
			if err != nil {
				_ = w.store.Delete(context.Background(), ref)
			}
			return err
		}
	},
	"Put_ContextErrorsAreUnchanged": func(w *wrong) {
		w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
			if ctx.Err() != nil {
				return secret.ErrUnavailable
			}
			return w.rightPut(ctx, ref, value)
		}
	},

	// It does nothing the first time.
	"Delete_IsGone": func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			if w.busy.Add(1) > 1 {
				return w.rightDelete(ctx, ref)
			}
			_, err := w.rightGet(ctx, ref)
			return err
		}
	},
	// It takes other along, and admits that only where other is deleted next.
	"Delete_LeavesOthersAlone": func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			err := w.rightDelete(ctx, ref)
			if err == nil && ref.Path() == "api-key" && w.store.Delete(ctx, mustRef("other")) == nil {
				w.busy.Store(1)
			}
			if ref.Path() == "other" && errors.Is(err, secret.ErrNotFound) && w.busy.CompareAndSwap(1, 0) {
				err = nil
			}
			return err
		}
	},
	"Delete_MissingIsNotFound":         onDelete(secret.ErrNotFound, nil),
	"Delete_ForeignSchemeIsInvalidRef": onDelete(secret.ErrInvalidRef, secret.ErrNotFound),
	"Delete_ContextErrorsAreUnchanged": onDelete(context.DeadlineExceeded, secret.ErrUnavailable),

	"List_YieldsEachSecretOnce": onList(func(_ context.Context, infos []secret.Info, yield func(secret.Info, error) bool) {
		for _, info := range append(infos, infos...) {
			if !yield(info, nil) {
				return
			}
		}
	}),
	"List_NamesAreAcceptedByGet": onList(func(_ context.Context, infos []secret.Info, yield func(secret.Info, error) bool) {
		for _, info := range append(infos, secret.Info{Name: "gone"}) {
			if !yield(info, nil) {
				return
			}
		}
	}),
	"List_HoldsNoValue": func(w *wrong) {
		onList(func(ctx context.Context, infos []secret.Info, yield func(secret.Info, error) bool) {
			for _, info := range infos {
				value, _ := w.store.Get(ctx, mustRef(info.Name))
				info.Description = string(value.Bytes())
				if !yield(info, nil) {
					return
				}
			}
		})(w)
	},
	"List_StopsEarly": onList(func(_ context.Context, infos []secret.Info, yield func(secret.Info, error) bool) {
		for _, info := range infos {
			yield(info, nil)
		}
	}),
	"List_ContextErrorsAreUnchanged": func(w *wrong) {
		w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
			if ctx.Err() == nil {
				w.rightList(ctx, yield)
			}
		}
	},
	"List_ErrorIsTheEnd": func(w *wrong) {
		w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
			if ctx.Err() != nil {
				yield(secret.Info{Name: "api-key"}, ctx.Err())
				return
			}
			w.rightList(ctx, yield)
		}
	},

	"GetAll_AnswersEachAsGetWould": onGetAll(func(_ *wrong, results []provider.Result, err error) ([]provider.Result, error) {
		if len(results) > 4 {
			results[0], results[1] = results[1], results[0]
		}
		return results, err
	}),
	"GetAll_OfNothingIsEmpty": onGetAll(func(_ *wrong, results []provider.Result, err error) ([]provider.Result, error) {
		if err == nil && len(results) == 0 {
			err = secret.ErrInvalidRef
		}
		return results, err
	}),
	"GetAll_ErrorComesWithTheZeroValue": onGetAll(func(_ *wrong, results []provider.Result, err error) ([]provider.Result, error) {
		for i := range results {
			if results[i].Err != nil {
				results[i].Value = unstorable
			}
		}
		return results, err
	}),
	"GetAll_LeavesTheCallersSlice": func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			results, err := w.rightGetAll(ctx, refs)
			if len(refs) == 4 {
				clear(refs)
			}
			return results, err
		}
	},
	"GetAll_ContextErrorsAreUnchanged": func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			if ctx.Err() != nil {
				ctx = context.WithoutCancel(ctx)
			}
			return w.rightGetAll(ctx, refs)
		}
	},

	"Check_ReadyIsNil": func(w *wrong) {
		w.check = func(ctx context.Context) error {
			if err := w.ready(ctx); err != nil {
				return err
			}
			return secret.ErrLocked
		}
	},
	"Check_ChangesNothing": func(w *wrong) {
		w.check = func(ctx context.Context) error {
			_ = w.store.Delete(ctx, mustRef("other"))
			return w.ready(ctx)
		}
	},
	"Check_ContextErrorsAreUnchanged": func(w *wrong) {
		w.check = func(ctx context.Context) error {
			if ctx.Err() != nil {
				return nil
			}
			return w.ready(ctx)
		}
	},

	"Get_ManyGoroutinesAtOnce":    instead("Get", single),
	"Put_ManyGoroutinesAtOnce":    instead("Put", single),
	"Delete_ManyGoroutinesAtOnce": instead("Delete", single),
	"List_ManyGoroutinesAtOnce":   instead("List", single),
	"GetAll_ManyGoroutinesAtOnce": instead("GetAll", single),
	"Check_ManyGoroutinesAtOnce":  instead("Check", single),

	"Get_BrokenBackendIsNoAbsence":    instead("Get", absent),
	"Put_BrokenBackendIsNoAbsence":    instead("Put", absent),
	"Delete_BrokenBackendIsNoAbsence": instead("Delete", absent),
	"List_BrokenBackendIsNoAbsence":   instead("List", absent),
	"GetAll_BrokenBackendIsNoAbsence": instead("GetAll", absent),
	"Check_BrokenBackendIsNoAbsence":  instead("Check", absent),

	"Get_HangingBackendEndsWithTheContext":    instead("Get", hidden),
	"Put_HangingBackendEndsWithTheContext":    instead("Put", hidden),
	"Delete_HangingBackendEndsWithTheContext": instead("Delete", hidden),
	"List_HangingBackendEndsWithTheContext":   instead("List", hidden),
	"GetAll_HangingBackendEndsWithTheContext": instead("GetAll", hidden),
	"Check_HangingBackendEndsWithTheContext":  instead("Check", hidden),
}

func onDelete(when, instead error) func(*wrong) {
	return func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			err := w.rightDelete(ctx, ref)
			if errors.Is(err, when) {
				return instead
			}
			return err
		}
	}
}

func onList(change func(context.Context, []secret.Info, func(secret.Info, error) bool)) func(*wrong) {
	return func(w *wrong) {
		w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
			var infos []secret.Info
			var failed error
			w.rightList(ctx, func(info secret.Info, err error) bool {
				infos, failed = append(infos, info), err
				return err == nil
			})
			if failed != nil {
				yield(secret.Info{}, failed)
				return
			}
			change(ctx, infos, yield)
		}
	}
}

func onGetAll(change func(*wrong, []provider.Result, error) ([]provider.Result, error)) func(*wrong) {
	return func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			results, err := w.rightGetAll(ctx, refs)
			return change(w, results, err)
		}
	}
}
