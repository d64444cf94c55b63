package status

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
)

func TestWritable_AdvisesWhatHelpsAgainstTheCause(t *testing.T) {
	t.Parallel()
	s := &Store{}
	s.own.Statuses = "DIR"
	for cause, want := range map[error]string{
		syscall.EACCES:      "; make DIR writable",
		syscall.EROFS:       "; make DIR writable",
		syscall.ENOSPC:      "; make room in DIR",
		syscall.EDQUOT:      "; make room in DIR",
		errors.New("a bug"): "a bug",
	} {
		err := s.writable(fmt.Errorf("cannot write: %w", cause))
		if !errors.Is(err, cause) || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "make") != strings.HasPrefix(want, ";") {
			t.Errorf("%v: got %q, want the end %q", cause, err, want)
		}
	}
}
