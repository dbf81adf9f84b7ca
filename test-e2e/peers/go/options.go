package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// One command line for all peers. What crypto/tls has no means for is refused.
type options struct {
	isServer       bool
	port           int
	portsFromStdin bool
	connections    int
	certificates   []string
	keys           []string
	trust          string
	clientAuth     string
	serverName     string
	alpn           []string
	groups         []string
	tls12          bool
	resume         bool
	records        string
	send           int
	receive        int
	writeSize      int
	timeout        time.Duration
}

func parse(args []string) *options {
	options := &options{connections: 1, clientAuth: "none", send: -1, receive: -1, timeout: 10 * time.Second}
	if len(args) == 0 || (args[0] != "client" && args[0] != "server") {
		usageError("the first argument is client or server")
	}
	options.isServer = args[0] == "server"
	flags := map[string]*bool{
		"--ports-from-stdin": &options.portsFromStdin,
		"--tls12":            &options.tls12,
		"--resume":           &options.resume,
	}
	for rest := args[1:]; len(rest) > 0; {
		name := rest[0]
		if flag, isFlag := flags[name]; isFlag {
			*flag = true
			rest = rest[1:]
			continue
		}
		if len(rest) < 2 {
			usageError(name + " has no value, or is not in crypto/tls")
		}
		options.set(name, rest[1])
		rest = rest[2:]
	}
	if len(options.certificates) != len(options.keys) {
		usageError("each --certificate has its --key")
	}
	return options
}

func (options *options) set(name, value string) {
	list := strings.Split(value, ",")
	switch name {
	case "--port":
		options.port = number(name, value)
	case "--connections":
		options.connections = number(name, value)
	case "--certificate":
		options.certificates = append(options.certificates, value)
	case "--key":
		options.keys = append(options.keys, value)
	case "--trust":
		options.trust = value
	case "--client-auth":
		options.clientAuth = value
	case "--server-name":
		options.serverName = value
	case "--alpn":
		options.alpn = list
	case "--groups":
		options.groups = list
	case "--records":
		options.records = value
	case "--send":
		options.send = number(name, value)
	case "--receive":
		options.receive = number(name, value)
	case "--write-size":
		options.writeSize = number(name, value)
	case "--timeout-ms":
		options.timeout = time.Duration(number(name, value)) * time.Millisecond
	default:
		usageError(name + ": unknown, or not in crypto/tls")
	}
}

func number(name, value string) int {
	result, err := strconv.Atoi(value)
	if err != nil {
		usageError(name + " takes a number, not " + value)
	}
	return result
}

func usageError(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(2)
}
