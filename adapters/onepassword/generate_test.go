package onepassword

//go:generate mockgen -destination=mocks_test.go -package=onepassword github.com/1password/onepassword-sdk-go SecretsAPI,ItemsAPI,VaultsAPI
