package api

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// Client calls the page of a running aion-dev. It is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// NewClient returns a client of the page at an address, host:port or a URL.
func NewClient(page string) (*Client, error) {
	text := page
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	base, err := url.Parse(text)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("page %q: want host:port or the URL that aion-dev prints", page)
	}

	// A transport of its own, so that CloseIdleConnections closes nobody else's.
	return &Client{
		base: strings.TrimSuffix(base.Scheme+"://"+base.Host+base.Path, "/"),
		http: &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}},
	}, nil
}

// Close closes the connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Workers are the connected workers, oldest first.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) {
	var workers []Worker
	err := c.call(ctx, http.MethodGet, "/api/workers", nil, &workers)

	return workers, err
}

// Runs are the newest runs, the newest first.
func (c *Client) Runs(ctx context.Context, limit int) ([]Run, error) {
	var runs []Run
	err := c.call(ctx, http.MethodGet, "/api/runs?limit="+strconv.Itoa(limit), nil, &runs)

	return runs, err
}

// Start starts a run.
func (c *Client) Start(ctx context.Context, start Start) (RunDetail, error) {
	var run RunDetail
	err := c.call(ctx, http.MethodPost, "/api/runs", start, &run)

	return run, err
}

// Cancel cancels a run; one that has ended stays as it is.
func (c *Client) Cancel(ctx context.Context, number int) error {
	return c.call(ctx, http.MethodPost, fmt.Sprintf("/api/runs/%d/cancel", number), nil, nil)
}

// Follow calls see with a run as it is, and whenever it has changed, a few times
// a second at most, until it has ended.
func (c *Client) Follow(ctx context.Context, number int, see func(RunDetail)) error {
	ended := false
	err := c.events(ctx, fmt.Sprintf("/api/runs/%d/events", number), func(data []byte) error {
		var run RunDetail
		if err := json.Unmarshal(data, &run); err != nil {
			return fmt.Errorf("run %d: %w", number, err)
		}
		ended = run.State.Ended()
		see(run)

		return nil
	})
	if ended {
		return nil
	}

	return err
}

// Watch calls see with every update until ctx ends, or the server does.
func (c *Client) Watch(ctx context.Context, see func(Update)) error {
	return c.events(ctx, "/api/events", func(data []byte) error {
		var update Update
		if err := json.Unmarshal(data, &update); err != nil {
			return fmt.Errorf("update: %w", err)
		}
		see(update)

		return nil
	})
}

// call sends a request and reads the answer into result.
func (c *Client) call(ctx context.Context, method, path string, body, result any) error {
	var content bytes.Buffer
	if body != nil {
		encoder := json.NewEncoder(&content)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(body); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	response, err := c.do(ctx, method, path, &content)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // It has been read.
	if result == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(result); err != nil {
		return fmt.Errorf("%s: %w: is it aion-dev's page?", c.base, err)
	}

	return nil
}

// do returns a response that is no error, and whose body is to be closed.
func (c *Client) do(
	ctx context.Context,
	method, path string,
	body io.Reader,
) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("page %q: %w", c.base, err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx) //nolint:wrapcheck // The caller's own.
	case errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("no aion-dev at %s: start it, or name its page with -page", c.base)
	case err != nil:
		return nil, fmt.Errorf("aion-dev: %w", err)
	case response.StatusCode < http.StatusBadRequest:
		return response, nil
	}

	defer response.Body.Close() //nolint:errcheck // It has been read.
	var problem Problem
	if json.NewDecoder(response.Body).Decode(&problem) == nil && problem.Error != "" {
		return nil, errors.New(problem.Error)
	}

	return nil, fmt.Errorf("%s: answers %s: is it aion-dev's page?", c.base, response.Status)
}

// errStreamEnded is why a stream that should go on did not.
var errStreamEnded = errors.New("aion-dev ended the stream")

// events reads server-sent events, which this server writes in one line each.
func (c *Client) events(ctx context.Context, path string, take func([]byte) error) error {
	response, err := c.do(ctx, http.MethodGet, path, http.NoBody)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // Reading it is over.

	in := bufio.NewReader(response.Body)
	for {
		line, err := in.ReadBytes('\n')
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx) //nolint:wrapcheck // The caller's own.
		case err != nil:
			return errStreamEnded
		}
		if data, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
			if err := take(data); err != nil {
				return err
			}
		}
	}
}
