package realengine

type member struct{ addr string }

func (m *member) configuration() string { return "" }
