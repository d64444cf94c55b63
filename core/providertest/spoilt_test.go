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
			if ctx.Err() == nil && !w.broken.Load() && strings.Contains(ref.String(), text) && fails == (err != nil) {
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

func answer(err error) func(secret.Value, error) (secret.Value, error) {
	return func(secret.Value, error) (secret.Value, error) { return secret.Value{}, err }
}

// onPut makes instead replace a Put where when holds.
func onPut(when func(*wrong, secret.Ref, secret.Value) bool, instead func(*wrong, context.Context, secret.Ref, secret.Value) error) func(*wrong) {
	return func(w *wrong) {
		w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
			if ctx.Err() == nil && when(w, ref, value) {
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

// spoilt has one provider for each promise, which breaks that one alone.
var spoilt = map[string]func(*wrong){
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
	"Get_ManyGoroutinesAtOnce": func(w *wrong) {
		w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
			defer w.busy.Add(-1)
			if w.busy.Add(1) > 1 {
				return secret.Value{}, secret.ErrUnavailable
			}
			<-tick()
			return w.rightGet(ctx, ref)
		}
	},
	"Get_HangingBackendEndsWithTheContext": func(w *wrong) {
		w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
			value, err := w.rightGet(ctx, ref)
			if w.hanging.Load() {
				return secret.Value{}, secret.ErrUnavailable
			}
			return value, err
		}
	},
	"Get_BrokenBackendIsNoAbsence": func(w *wrong) {
		w.get = func(ctx context.Context, ref secret.Ref) (secret.Value, error) {
			if w.broken.Load() {
				return secret.Value{}, secret.ErrNotFound
			}
			return w.rightGet(ctx, ref)
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
	"Put_ManyGoroutinesAtOnce": func(w *wrong) {
		w.put = func(ctx context.Context, ref secret.Ref, value secret.Value) error {
			defer w.busy.Add(-1)
			if w.busy.Add(1) > 1 {
				return secret.ErrUnavailable
			}
			<-tick()
			return w.rightPut(ctx, ref, value)
		}
	},

	"Delete_IsGone": func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			_, err := w.store.Get(ctx, ref)
			return err
		}
	},
	"Delete_LeavesOthersAlone": func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			err := w.store.Delete(ctx, ref)
			if err == nil {
				err = w.store.Delete(ctx, mustRef("other"))
			}
			return err
		}
	},
	"Delete_MissingIsNotFound":         onDelete(secret.ErrNotFound, nil),
	"Delete_ForeignSchemeIsInvalidRef": onDelete(secret.ErrInvalidRef, secret.ErrNotFound),
	"Delete_ContextErrorsAreUnchanged": onDelete(context.Canceled, secret.ErrUnavailable),

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
				w.store.List(ctx)(yield)
			}
		}
	},
	"List_ErrorIsTheEnd": func(w *wrong) {
		w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
			if ctx.Err() != nil {
				yield(secret.Info{Name: "api-key"}, ctx.Err())
				return
			}
			w.store.List(ctx)(yield)
		}
	},

	"GetAll_AnswersEachAsGetWould": onGetAll(func(results []provider.Result, err error) ([]provider.Result, error) {
		if len(results) > 4 {
			results[0], results[1] = results[1], results[0]
		}
		return results, err
	}),
	"GetAll_OfNothingIsEmpty": onGetAll(func(results []provider.Result, err error) ([]provider.Result, error) {
		if err == nil && len(results) == 0 {
			err = secret.ErrInvalidRef
		}
		return results, err
	}),
	"GetAll_ErrorComesWithTheZeroValue": onGetAll(func(results []provider.Result, err error) ([]provider.Result, error) {
		for i := range results {
			if results[i].Err != nil {
				results[i].Value = unstorable
			}
		}
		return results, err
	}),
	"GetAll_LeavesTheCallersSlice": func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			results, err := w.store.GetAll(ctx, refs)
			if len(refs) == 4 {
				clear(refs)
			}
			return results, err
		}
	},
	"GetAll_ContextErrorsAreUnchanged": func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			return w.store.GetAll(context.WithoutCancel(ctx), refs)
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
		w.check = func(ctx context.Context) error { return w.ready(context.WithoutCancel(ctx)) }
	},
	"Check_BrokenBackendIsAnError": func(w *wrong) {
		w.check = func(ctx context.Context) error { return ctx.Err() }
	},
}

func onDelete(when, instead error) func(*wrong) {
	return func(w *wrong) {
		w.remove = func(ctx context.Context, ref secret.Ref) error {
			err := w.store.Delete(ctx, ref)
			if errors.Is(err, when) {
				return instead
			}
			return err
		}
	}
}

func onList(instead func(context.Context, []secret.Info, func(secret.Info, error) bool)) func(*wrong) {
	return func(w *wrong) {
		w.list = func(ctx context.Context, yield func(secret.Info, error) bool) {
			var infos []secret.Info
			for info, err := range w.store.List(ctx) {
				if err != nil {
					yield(secret.Info{}, err)
					return
				}
				infos = append(infos, info)
			}
			instead(ctx, infos, yield)
		}
	}
}

func onGetAll(change func([]provider.Result, error) ([]provider.Result, error)) func(*wrong) {
	return func(w *wrong) {
		w.getAll = func(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
			return change(w.store.GetAll(ctx, refs))
		}
	}
}
