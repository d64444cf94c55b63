module github.com/thv-secrets/thv/adapters/onepassword

go 1.26.4
