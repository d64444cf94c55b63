// Package protocol implements version 1 of the provider protocol, by which thv uses a
// provider that is an executable: JSON lines over its standard input and output.
// docs/provider-protocol.md specifies it for every language. [Serve] makes such an
// executable from a provider.Provider:
//
//	func main() {
//		err := protocol.Serve(context.Background(), os.Stdin, os.Stdout, protocol.Server{
//			Name: "thv-provider-vault",
//			New:  func(ctx context.Context, hello protocol.Hello) (provider.Provider, error) { return open(ctx, hello.Scheme) },
//		})
//		if err != nil {
//			fmt.Fprintln(os.Stderr, err)
//			os.Exit(1)
//		}
//	}
//
// The messages, the [Reader] and [Writer] of lines and the form of errors are exported
// for the host, which starts such executables.
package protocol
