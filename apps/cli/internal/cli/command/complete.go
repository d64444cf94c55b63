package command

import (
	"github.com/spf13/cobra"
)

// CompleteProviders completes the name of a provider that can be selected, also with a
// configuration file that cannot be used.
func (f *Factory) CompleteProviders(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	f.IgnoreConfigErrors()
	a, err := f.App()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.Providers.Choices(), cobra.ShellCompDirectiveNoFileComp
}

// CompleteSchemes completes a scheme of references, with "://".
func (f *Factory) CompleteSchemes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	a, err := f.App()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var schemes []string
	for _, scheme := range a.Resolver.Schemes() {
		schemes = append(schemes, scheme+"://")
	}
	return schemes, cobra.ShellCompDirectiveNoFileComp
}
