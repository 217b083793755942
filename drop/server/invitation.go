package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/http"
)

// An invitation is 128 random bits, which the operator hands to whoever may
// publish a first card. The store keeps only its hash: a stolen disk invites
// nobody.
var invitationEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const invitationSize = 16

// Invite makes an invitation and returns its code once it is stored.
func (s *Server) Invite(ctx context.Context) (code string, err error) {
	var secret [invitationSize]byte
	rand.Read(secret[:])
	code = invitationEncoding.EncodeToString(secret[:])
	hash, _ := hashInvitation(code)
	if err := s.Store.Invite(ctx, hash); err != nil {
		return "", fmt.Errorf("couldn't store an invitation: %w", err)
	}
	return code, nil
}

// hashInvitation returns what is stored for a code, and false for what is not a
// code in its one spelling.
func hashInvitation(code string) (hash [sha256.Size]byte, ok bool) {
	secret, err := invitationEncoding.DecodeString(code)
	if err != nil || len(secret) != invitationSize || invitationEncoding.EncodeToString(secret) != code {
		return hash, false
	}
	return sha256.Sum256([]byte("transom/v1 invitation\x00" + code)), true
}

// Admin returns what the administrator's socket serves. Whoever can connect may
// do all of it: the socket's mode is the only lock.
//
//	POST /invite -> {"invitation": code}
func (s *Server) Admin() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &answerWriter{ResponseWriter: w, control: http.NewResponseController(w), pace: s.pace}
		defer s.guard(out, r)
		if r.Method != http.MethodPost || r.URL.Path != "/invite" {
			s.write(out, r.Method, s.refuse(notFound))
			return
		}
		code, err := s.Invite(r.Context())
		if err != nil {
			s.note(err)
			s.write(out, r.Method, s.refuse(failureOf(err)))
			return
		}
		s.write(out, r.Method, asJSON(http.StatusOK, map[string]string{"invitation": code}))
	})
}
