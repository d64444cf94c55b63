// Package protocol is the provider protocol, version 1: how thv speaks to a
// provider that is a program, in JSON lines over its standard input and output.
// docs/provider-protocol.md describes it for every language. Serve turns a
// provider.Provider into such a program:
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
// The messages, a Reader and a Writer of lines and the errors' form are exported
// for the other side, which starts such programs.
package protocol
