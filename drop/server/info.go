package server

import (
	"net/http"

	"github.com/transom-drop/transom/crypto/gate"
)

// info is what anyone may know. Nothing in it depends on what is stored.
type info struct {
	Version    int          `json:"version"` // of the protocol
	Release    string       `json:"release"`
	Time       int64        `json:"time"`    // unix seconds; for the Authorization line and nothing else
	Days       int          `json:"days"`    // an envelope is kept
	Largest    int64        `json:"largest"` // envelope, in bytes
	Classes    []gate.Class `json:"classes"`
	Invitation bool         `json:"invitation"` // needed for a first card
}

func (s *Server) getInfo(*call) (*answer, error) {
	return asJSON(http.StatusOK, info{
		Version:    1,
		Release:    s.Release,
		Time:       s.Now().Unix(),
		Days:       s.Days,
		Largest:    s.MaxEnvelope,
		Classes:    s.classes(),
		Invitation: !s.Open,
	}), nil
}
