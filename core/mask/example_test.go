package mask_test

import (
	"fmt"
	"os"

	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/secret"
)

// What a program prints goes through a Writer. A value that is cut by two writes,
// or that is printed as base64, is masked too.
func ExampleMasker_Writer() {
	masker := mask.New([]secret.Value{secret.NewValue([]byte("s3cr3t-key-of-mine"))})
	output := masker.Writer(os.Stdout)
	_, _ = fmt.Fprint(output, "key: s3cr3t-")
	_, _ = fmt.Fprintln(output, "key-of-mine")
	_, _ = fmt.Fprintln(output, "Authorization: Basic czNjcjN0LWtleS1vZi1taW5l")
	_ = output.Close() // writes what it has held back
	// Output:
	// key: [redacted]
	// Authorization: Basic [redacted]
}

// A short text, such as an error, is masked at once.
func ExampleMasker_String() {
	masker := mask.New([]secret.Value{secret.NewValue([]byte("hunter2-and-more"))})
	fmt.Println(masker.String(`dial: "hunter2-and-more" is not a host`))
	// Output: dial: "[redacted]" is not a host
}
