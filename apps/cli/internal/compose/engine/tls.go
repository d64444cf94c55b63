package engine

import (
	"crypto/tls"
	"crypto/x509"
	"errors"

	dockercontext "github.com/docker/cli/cli/context"
)

// settings are those of a context's TLS files; nil if it has none and does not ask for
// a connection without verification.
func settings(material *dockercontext.TLSData, skipVerify bool) (*tls.Config, error) {
	if material == nil && !skipVerify {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	c.InsecureSkipVerify = skipVerify
	if material == nil {
		return c, nil
	}
	if material.CA != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(material.CA) {
			return nil, errors.New("ca.pem holds no certificate")
		}
	}
	if material.Cert != nil && material.Key != nil {
		pair, err := tls.X509KeyPair(material.Cert, material.Key)
		if err != nil {
			return nil, errors.New("cert.pem and key.pem are not a certificate and its key")
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
