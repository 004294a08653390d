package contract

import (
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

const (
	// typeProperty names the type of what a google.protobuf.Any holds.
	typeProperty = "@type"
	// valueProperty holds a message that has a JSON form of its own.
	valueProperty = "value"
)

// held returns a new message of the type that a google.protobuf.Any names, and its plan.
func held(url string, enumCase EnumCase) (*messagePlan, protoreflect.Message, *Error) {
	if url == "" {
		return nil, nil, mismatch("a type URL", "nothing").inField(typeProperty)
	}
	messageType, err := protoregistry.GlobalTypes.FindMessageByURL(url)
	if err != nil {
		// What precedes the name is of no use in a text that is cut.
		name := url[strings.LastIndexByte(url, '/')+1:]

		return nil, nil, mismatch("a message type of this program", quote(name)).
			inField(typeProperty)
	}
	plan, err := Input(messageType.Descriptor(), Options{EnumCase: enumCase})
	if err != nil {
		return nil, nil, (&Error{Reason: err.Error()}).inField(typeProperty)
	}
	if plan.message.byName[typeProperty] != nil {
		return nil, nil, mismatch("a message without a property of this name",
			string(messageType.Descriptor().FullName())).inField(typeProperty)
	}

	return plan.message, messageType.New(), nil
}

// typed writes a google.protobuf.Any.
func (e *encoder) typed(p *messagePlan, m protoreflect.Message) *Error {
	url := m.Get(p.fields[0].desc).String()
	inner, message, err := held(url, e.enumCase)
	if err != nil {
		return err
	}
	content := m.Get(p.fields[1].desc).Bytes()
	unmarshal := proto.UnmarshalOptions{AllowPartial: true}
	if err := unmarshal.Unmarshal(content, message.Interface()); err != nil {
		return mismatch("the bytes of a "+string(inner.desc.FullName()), err.Error())
	}
	if err := e.enter('{'); err != nil {
		return err
	}
	e.text(`"` + typeProperty + `":`)
	if err := e.string(url); err != nil {
		return err.inField(typeProperty)
	}
	if err := e.content(inner, message); err != nil {
		return err
	}
	e.leave('}')

	return nil
}

// content writes what follows the type in a google.protobuf.Any.
func (e *encoder) content(p *messagePlan, m protoreflect.Message) *Error {
	if p.known == plainMessage {
		return e.fields(p, m)
	}
	e.text(`,"` + valueProperty + `":`)
	if err := e.message(p, m); err != nil {
		return err.inField(valueProperty)
	}

	return nil
}

// typed reads a google.protobuf.Any, whose type may stand anywhere among the properties.
func (d *decoder) typed(p *messagePlan) *Error {
	if d.peek() != '{' {
		return d.mismatch("object")
	}
	pos, depth := d.pos, d.depth
	url, err := d.findType()
	if err != nil {
		return err
	}
	inner, message, err := held(url, d.enumCase)
	if err != nil {
		return err
	}
	d.pos, d.depth = pos, depth
	if inner.known == plainMessage {
		// To the held message the type is one more unknown property.
		err = d.message(inner, message)
	} else {
		err = d.heldValue(inner, message)
	}
	if err != nil {
		return err
	}
	marshal := proto.MarshalOptions{AllowPartial: true, Deterministic: true}
	content, marshalErr := marshal.Marshal(message.Interface())
	if marshalErr != nil {
		return &Error{Reason: marshalErr.Error()}
	}
	d.binary.tag(p.fields[0].desc.Number(), protowire.BytesType)
	d.binary.out = protowire.AppendString(d.binary.out, url)
	d.binary.tag(p.fields[1].desc.Number(), protowire.BytesType)
	d.binary.out = protowire.AppendBytes(d.binary.out, content)

	return nil
}

// findType reads the properties of an object until it finds the type.
func (d *decoder) findType() (string, *Error) {
	if err := d.enter(); err != nil {
		return "", err
	}
	var names nameSet
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return "", err
		}
		if !more {
			return "", mismatch("string", "nothing").inField(typeProperty)
		}
		key, err := d.key()
		switch {
		case err != nil:
			return "", err
		case string(key) == typeProperty && d.peek() == '"':
			url, err := d.string()

			return string(url), err
		case string(key) == typeProperty:
			return "", d.mismatch("string").inField(typeProperty)
		}
		if err := d.skipMember(&names, key); err != nil {
			return "", err
		}
	}
}

// heldValue reads the value of a google.protobuf.Any that holds a message with a JSON form of its
// own.
func (d *decoder) heldValue(p *messagePlan, m protoreflect.Message) *Error {
	if err := d.enter(); err != nil {
		return err
	}
	var names nameSet
	for first := true; ; first = false {
		more, err := d.more(first, '}')
		if err != nil {
			return err
		}
		if !more {
			break
		}
		key, err := d.key()
		if err != nil {
			return err
		}
		if string(key) != valueProperty {
			err = d.skipMember(&names, key)
		} else if name, added := names.add(key); !added {
			err = duplicate().inField(name)
		} else if err = d.message(p, m); err != nil {
			err = err.inField(valueProperty)
		}
		if err != nil {
			return err
		}
	}
	if !names.has(valueProperty) {
		return mismatch(p.want(), "nothing").inField(valueProperty)
	}

	return nil
}
