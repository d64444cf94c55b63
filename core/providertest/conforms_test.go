package providertest_test

import "testing"

func TestExampleRun_Conforms(t *testing.T) { conformance(t) }
