package vault

import (
	"context"
	"testing"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock/unlocktest"
)

func TestSurvey_LooksWhereAnInterruptedChangeOfFormat1LeftThePassword(t *testing.T) {
	m := newMachine(t)
	if err := m.vault("").Create(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	m.put(m.vault(""), "a", "1")
	m.desktop.Kept[filestore.Next1] = m.desktop.Kept[filestore.Account1]
	m.desktop.Kept[filestore.Account1] = "old"
	survey, err := m.vault("").Diagnose(context.Background())
	if by, opens := survey.Outcome(); err != nil || !opens || by.Source != "OS keyring" {
		t.Errorf("%+v, %v", survey, err)
	}
	m.wantOpen("as the survey says")
}

func TestSurvey_WithoutAStoreSaysWhatWouldMakeIt(t *testing.T) {
	m := newMachine(t)
	survey, err := m.vault("").Diagnose(context.Background())
	if _, opens := survey.Outcome(); err != nil || !opens || survey.Exists {
		t.Errorf("%+v, %v", survey, err)
	}
	m.desktop.Err = unlocktest.ErrBroken
	survey, err = m.vault("").Diagnose(context.Background())
	if by, opens := survey.Outcome(); err != nil || opens || by.Source != "OS keyring" {
		t.Errorf("with a broken keyring: %+v, %v", survey, err)
	}
}
