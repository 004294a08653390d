// Package validate checks the messages of activities against their protovalidate
// rules: inputs before the handler is called, outputs after.
//
//	interceptor, err := validate.NewInterceptor(validate.WithFiles(shopv1.File_shop_v1_shop_proto))
//	dispatcher := shopv1.NewShopDispatcher(shop{}, aion.WithInterceptors(interceptor))
//
// What breaks a rule is a terminal failure, since no other attempt could pass. It
// names all violations with their paths, and holds an *Error and a
// *protovalidate.ValidationError.
//
// The package is a module of its own, so that workers without it do not depend on
// protovalidate.
package validate
