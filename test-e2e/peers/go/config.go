package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

func (options *options) config() (*tls.Config, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: options.serverName,
		NextProtos: options.alpn,
		// by default its first records are small
		DynamicRecordSizingDisabled: options.records == "large",
	}
	if options.tls12 {
		config.MinVersion, config.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	}
	if options.serverName == "" {
		// an address is not sent as server_name
		config.ServerName = "127.0.0.1"
	}
	if options.resume {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(32)
	}
	for index := range options.certificates {
		identity, err := tls.LoadX509KeyPair(options.certificates[index], options.keys[index])
		if err != nil {
			return nil, err
		}
		config.Certificates = append(config.Certificates, identity)
	}
	for _, name := range options.groups {
		group, isKnown := groups[name]
		if !isKnown {
			return nil, fmt.Errorf("%s: not in crypto/tls", name)
		}
		config.CurvePreferences = append(config.CurvePreferences, group)
	}
	if options.trust != "" {
		text, err := os.ReadFile(options.trust)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(text)
		config.ClientCAs = config.RootCAs
	}
	clientAuth, isKnown := clientAuths[options.clientAuth]
	if !isKnown {
		return nil, fmt.Errorf("--client-auth is one of none, optional, required")
	}
	config.ClientAuth = clientAuth
	return config, nil
}

var clientAuths = map[string]tls.ClientAuthType{
	"none":     tls.NoClientCert,
	"optional": tls.VerifyClientCertIfGiven,
	"required": tls.RequireAndVerifyClientCert,
}

// By IANA's names.
var groups = map[string]tls.CurveID{
	"x25519":             tls.X25519,
	"secp256r1":          tls.CurveP256,
	"secp384r1":          tls.CurveP384,
	"secp521r1":          tls.CurveP521,
	"X25519MLKEM768":     tls.X25519MLKEM768,
	"SecP256r1MLKEM768":  tls.SecP256r1MLKEM768,
	"SecP384r1MLKEM1024": tls.SecP384r1MLKEM1024,
}
