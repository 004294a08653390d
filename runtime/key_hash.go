package aion

import "hash/maphash"

// keyHash stands for an ActivityKey in maps, which are smaller and faster with it: a
// text is hashed and compared at more cost than all else that a lookup does. Different
// keys may have the same one, so what is found by it is compared.
type keyHash uint64

// oddFactor spreads the small numbers of activities over all bits. Being odd, it maps
// different numbers to different ones.
const oddFactor = 0x9E37_79B9_7F4A_7C15

var keySeed = maphash.MakeSeed()

func (k ActivityKey) hash() keyHash {
	return keyHash(maphash.String(keySeed, k.WorkflowID) + k.ActivityID*oddFactor)
}
