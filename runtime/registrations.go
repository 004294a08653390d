package aion

import (
	"fmt"
	"slices"
)

// registrationsOf are those of one task queue at one engine server, by node: a
// worker of a node is given the tasks that are pinned to it beside those that
// are pinned nowhere, and advertises the same.
func registrationsOf(cfg Config, q *queueDispatcher) [][]Registration {
	nodes := nodesOf(cfg, q)
	byNode := make([][]Registration, 0, len(nodes))
	for _, node := range nodes {
		byNode = append(byNode, spread(cfg, Registration{
			Namespace:  cfg.Namespace,
			TaskQueue:  q.TaskQueue(),
			Node:       node,
			Activities: activitiesAt(node, q.Activities()),
		}))
	}

	return byNode
}

// nodesOf returns the nodes to register for; the empty one stands for none.
func nodesOf(cfg Config, q *queueDispatcher) []string {
	if len(cfg.Nodes) > 0 {
		return cfg.Nodes
	}
	var nodes []string
	for _, a := range q.Activities() {
		if a.Node != "" && !slices.Contains(nodes, a.Node) {
			nodes = append(nodes, a.Node)
		}
	}
	if len(nodes) == 0 {
		return []string{""}
	}

	return nodes
}

// activitiesAt returns the activities that a worker of the node runs.
func activitiesAt(node string, all []ActivityContract) []ActivityContract {
	elsewhere := func(a ActivityContract) bool { return a.Node != "" && a.Node != node }
	if !slices.ContainsFunc(all, elsewhere) {
		return all
	}

	return slices.DeleteFunc(slices.Clone(all), elsewhere)
}

// spread divides a registration into one for each stream, evenly, so that each
// asks for StreamConcurrency tasks at most and all of them for MaxConcurrency.
func spread(cfg Config, reg Registration) []Registration {
	streams := (cfg.MaxConcurrency + cfg.StreamConcurrency - 1) / cfg.StreamConcurrency
	registrations := make([]Registration, streams)
	for i := range registrations {
		registrations[i] = reg
		registrations[i].Identity = cfg.Identity
		if streams > 1 {
			registrations[i].Identity = fmt.Sprintf("%s#%d", cfg.Identity, i+1)
		}
		registrations[i].MaxConcurrency = cfg.MaxConcurrency / streams
		if i < cfg.MaxConcurrency%streams {
			registrations[i].MaxConcurrency++
		}
	}

	return registrations
}
