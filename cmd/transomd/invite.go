package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func newInvite(o *options, stdout io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "invite --data DIR",
		Short: "Print an invitation: it lets one person publish one drop",
		Long: `Prints one invitation, which is good for the first drop that is published with
it and for no other. It asks the running server, because only one process can
have the data folder open.`,
		Example: `  $ transomd invite --data /var/lib/transom
  nz5kpr3m2fw6ya7lcuxhq4tdbe`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.checkData(); err != nil && o.admin == "" {
				return err
			}
			code, err := invite(cmd.Context(), o.adminPath())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(stdout, code)
			return err
		},
	}
}

// invite asks the server behind an administrator's socket for an invitation.
func invite(ctx context.Context, socket string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin/invite", nil)
	if err != nil {
		panic("transomd: a constant URL does not parse: " + err.Error())
	}
	response, err := client.Do(request)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", failed(errors.New("this user may not administer the server"), "run it as the user whom the server runs as")
	case err != nil:
		return "", failed(fmt.Errorf("no server answers on %s", socket), "start it first, with the same --data: transomd --data DIR")
	}
	defer response.Body.Close()
	var answer struct{ Invitation string }
	err = json.NewDecoder(io.LimitReader(response.Body, 1<<10)).Decode(&answer)
	if err != nil || response.StatusCode != http.StatusOK || answer.Invitation == "" {
		return "", failed(errors.New("the server made no invitation"), "its standard error says why")
	}
	return answer.Invitation, nil
}
