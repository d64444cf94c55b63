// Package onepassword will hold a provider over 1Password vaults
// (op://vault/item[/section]/field), read by a service account. It is not
// written yet; the package exports the scheme only.
package onepassword

// Scheme is the scheme of the references that this adapter will answer.
const Scheme = "op"
