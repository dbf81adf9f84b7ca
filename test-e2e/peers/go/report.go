package main

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"reflect"
	"sync"
)

type event map[string]any

var output sync.Mutex

// A line of JSON on standard output, at once.
func emit(event event) {
	line, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	output.Lock()
	defer output.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

// The lines about one connection, which are counted from 1.
type report struct{ connection int }

func (report report) handshake(state tls.ConnectionState) {
	summary := event{
		"event":        "handshake",
		"connection":   report.connection,
		"version":      "other",
		"cipherSuite":  tls.CipherSuiteName(state.CipherSuite),
		"group":        nil,
		"alpn":         nil,
		"serverName":   nil,
		"resumed":      state.DidResume,
		"helloRetried": state.HelloRetryRequest,
		// crypto/tls has it in QUIC only
		"earlyData":       "none",
		"peerCertificate": nil,
		"exporter":        nil,
	}
	if exported, err := state.ExportKeyingMaterial("EXPORTER-webtls", []byte("context"), 32); err == nil {
		summary["exporter"] = hex.EncodeToString(exported)
	}
	switch state.Version {
	case tls.VersionTLS13:
		summary["version"] = "TLSv1.3"
	case tls.VersionTLS12:
		summary["version"] = "TLSv1.2"
	}
	for name, group := range groups {
		if group == state.CurveID {
			summary["group"] = name
		}
	}
	if state.NegotiatedProtocol != "" {
		summary["alpn"] = state.NegotiatedProtocol
	}
	if state.ServerName != "" {
		summary["serverName"] = state.ServerName
	}
	if len(state.PeerCertificates) > 0 {
		summary["peerCertificate"] = digest(state.PeerCertificates[0].Raw)
	}
	emit(summary)
}

func (report report) received(bytes []byte) {
	emit(event{"event": "received", "connection": report.connection, "bytes": len(bytes), "sha256": digest(bytes)})
}

// clean: the other side has said close_notify.
func (report report) closed(clean bool) {
	emit(event{"event": "closed", "connection": report.connection, "clean": clean})
}

func (report report) failed(err error) {
	emit(event{"event": "failed", "connection": report.connection, "error": err.Error(), "alert": alertOf(err)})
}

// The alert that came from the other side, whose type is not exported.
func alertOf(err error) any {
	var operation *net.OpError
	if !errors.As(err, &operation) || operation.Op != "remote error" {
		return nil
	}
	if value := reflect.ValueOf(operation.Err); value.Kind() == reflect.Uint8 {
		return value.Uint()
	}
	return nil
}

func digest(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return hex.EncodeToString(sum[:])
}
