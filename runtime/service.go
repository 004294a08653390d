package aion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/aion-go/aion/internal/contract"
)

// UpgradeTheRuntimeToGeneration1 is named by generated code. A compiler that
// does not find it says what to do: this package is older than the generator.
const UpgradeTheRuntimeToGeneration1 = true

// Method is one activity of a service S, for NewDispatcher.
type Method[S any] struct {
	input, output *contract.Plan
	inputType     reflect.Type // The struct of a generated message.
	// call runs the activity. It is false for an input of another type.
	call func(impl S, ctx context.Context, in proto.Message) (out proto.Message, ok bool, err error)
	spec ActivitySpec
	err  error
}

// NewMethod describes the activity spec, which call runs on an implementation.
// Generated code passes a method expression as call.
func NewMethod[S any, In, Out proto.Message](
	spec ActivitySpec, call func(impl S, ctx context.Context, in In) (Out, error),
) Method[S] {
	var in In
	var out Out
	m := Method[S]{spec: spec, inputType: reflect.TypeFor[In]().Elem()}
	var inputErr, outputErr error
	m.input, inputErr = contract.Input(in.ProtoReflect().Descriptor(), spec.input())
	m.output, outputErr = contract.Output(out.ProtoReflect().Descriptor(), spec.output())
	if err := errors.Join(inputErr, outputErr); err != nil {
		m.err = fmt.Errorf("activity %q: %w", spec.Type, err)
	}
	m.call = func(impl S, ctx context.Context, message proto.Message) (proto.Message, bool, error) {
		in, ok := message.(In)
		if !ok {
			return nil, false, nil
		}
		out, err := call(impl, ctx, in)

		return out, true, err
	}

	return m
}

// contract is what the activity accepts and promises.
func (m *Method[S]) contract() ActivityContract {
	return ActivityContract{
		Type:         m.spec.Type,
		InputSchema:  m.input.Schema(),
		OutputSchema: m.output.Schema(),
		Node:         m.spec.Node,
	}
}

func (m *Method[S]) newInput() proto.Message {
	return reflect.New(m.inputType).Interface().(proto.Message) //nolint:forcetypeassert // It is one.
}

// run calls the activity of impl, with an input that an interceptor may have replaced.
func (m *Method[S]) run(impl S, ctx context.Context, in proto.Message) (proto.Message, error) {
	out, ok, err := m.call(impl, ctx, in)
	if !ok {
		return nil, Terminal(
			fmt.Errorf("activity %q: an interceptor passed on a %T as input", m.spec.Type, in),
		)
	}

	return out, err
}

// serviceDispatcher runs the methods of one implementation. It never changes
// once it is made.
type serviceDispatcher[S any] struct {
	impl         S
	interceptors []Interceptor
	taskQueue    string
	methods      []Method[S]
	byType       map[string]*Method[S]
	err          error
}

// NewDispatcher makes the dispatcher of an implementation whose activities are
// methods; generated constructors call it. What is wrong with its arguments, a
// nil implementation among it, is an error of NewWorker.
func NewDispatcher[S any](
	taskQueue string,
	impl S,
	opts []DispatcherOption,
	methods ...Method[S],
) Dispatcher {
	var options dispatcherOptions
	for _, opt := range opts {
		opt(&options)
	}
	d := &serviceDispatcher[S]{
		taskQueue:    taskQueue,
		impl:         impl,
		methods:      make([]Method[S], 0, len(methods)),
		byType:       make(map[string]*Method[S], len(methods)),
		interceptors: options.interceptors,
	}
	if isNil(impl) {
		d.err = fmt.Errorf(
			"task queue %q: the implementation is nil: pass a %s",
			taskQueue,
			reflect.TypeFor[S](),
		)
	}
	for _, m := range methods {
		if m.err != nil {
			d.err = errors.Join(d.err, m.err)
			continue
		}
		d.methods = append(d.methods, m)
		d.byType[m.spec.Type] = &d.methods[len(d.methods)-1]
	}

	return d
}

// NewFuncDispatcher makes the dispatcher of a single activity; generated
// constructors call it. A nil handler is an error of NewWorker.
func NewFuncDispatcher[In, Out proto.Message](
	spec ActivitySpec, handler func(context.Context, In) (Out, error), opts ...DispatcherOption,
) Dispatcher {
	type function = func(context.Context, In) (Out, error)
	call := func(handler function, ctx context.Context, in In) (Out, error) { return handler(ctx, in) }

	return NewDispatcher(spec.TaskQueue, handler, opts, NewMethod(spec, call))
}

// isNil reports whether an implementation is nil, or an interface that holds a
// nil pointer.
func isNil(impl any) bool {
	v := reflect.ValueOf(impl)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Func, reflect.Map, reflect.Chan, reflect.Slice, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

func (d *serviceDispatcher[S]) TaskQueue() string { return d.taskQueue }

func (d *serviceDispatcher[S]) Activities() []ActivityContract {
	activities := make([]ActivityContract, len(d.methods))
	for i := range d.methods {
		activities[i] = d.methods[i].contract()
	}

	return activities
}

// Validate returns what was wrong with the arguments of NewDispatcher.
func (d *serviceDispatcher[S]) Validate() error { return d.err }

func (d *serviceDispatcher[S]) Dispatch(ctx context.Context, task *Task) Outcome {
	m, ok := d.byType[task.ActivityType]
	if !ok {
		return unknownActivity(task, slices.Sorted(maps.Keys(d.byType)))
	}

	return d.dispatch(ctx, m, task)
}

// resolve returns how d dispatches the tasks of one of its activities.
func (d *serviceDispatcher[S]) resolve(activityType string) dispatchFunc {
	m := d.byType[activityType]

	return func(ctx context.Context, task *Task) Outcome { return d.dispatch(ctx, m, task) }
}

// dispatch decodes the input of a task, calls the method and encodes the result.
func (d *serviceDispatcher[S]) dispatch(ctx context.Context, m *Method[S], task *Task) Outcome {
	in := m.newInput()
	if err := m.input.Decode(task.Input, in); err != nil {
		return terminal("activity %q: %w", task.ActivityType, err)
	}
	out, err := d.run(withEnumCase(ctx, m.spec.EnumCase), m, task, in)
	if err != nil {
		return Failed(ctx, err)
	}
	result, err := m.output.Encode(out)
	if err != nil {
		return terminal("activity %q: %w", task.ActivityType, err)
	}

	return Outcome{Result: result, encoded: true}
}

// run calls the method through the interceptors.
func (d *serviceDispatcher[S]) run(
	ctx context.Context, m *Method[S], task *Task, in proto.Message,
) (proto.Message, error) {
	if len(d.interceptors) == 0 {
		return m.run(d.impl, ctx, in)
	}
	handler := func(ctx context.Context, in proto.Message) (proto.Message, error) {
		return m.run(d.impl, ctx, in)
	}

	return intercept(d.interceptors, task.Info, handler)(ctx, in)
}
