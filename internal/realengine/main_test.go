package realengine_test

import (
	"testing"

	"github.com/aion-go/aion/internal/realengine"
)

func TestMain(m *testing.M) { realengine.Main(m) }
