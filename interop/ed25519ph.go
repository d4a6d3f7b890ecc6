// Ed25519ph (RFC 8032) with Go's standard library: neither openssl before 3.2 nor Python's
// cryptography can do it.
//
//	go run ed25519ph.go sign PRIVATE FILE SIGNATURE
//	go run ed25519ph.go verify PUBLIC FILE SIGNATURE
package main

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
)

var prehashed = &ed25519.Options{Hash: crypto.SHA512}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 4 {
		return errors.New("usage: sign|verify KEY FILE SIGNATURE")
	}
	text, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return errors.New("the key is no PEM")
	}
	content, err := os.ReadFile(arguments[2])
	if err != nil {
		return err
	}
	digest := sha512.Sum512(content)
	switch arguments[0] {
	case "sign":
		return sign(block.Bytes, digest[:], arguments[3])
	case "verify":
		return verify(block.Bytes, digest[:], arguments[3])
	}
	return errors.New("usage: sign|verify KEY FILE SIGNATURE")
}

func sign(der, digest []byte, path string) error {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return errors.New("not an Ed25519 key")
	}
	signature, err := private.Sign(nil, digest, prehashed)
	if err != nil {
		return err
	}
	return os.WriteFile(path, signature, 0o600)
}

func verify(der, digest []byte, path string) error {
	key, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return err
	}
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return errors.New("not an Ed25519 key")
	}
	signature, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return ed25519.VerifyWithOptions(public, digest, signature, prehashed)
}
