// SPDX-License-Identifier: MIT
/*
 * C++: name spaces, methods, constructors and destructors, templates, operators,
 * lambdas, an unnamed name space, inlined methods, extern "C".
 *
 * EXPECT method: ns::Box::grow(int, char const*) @method
 * EXPECT const: ns::Box::size() const @const
 * EXPECT inlined: ns::Box::quick() @quick <- use_quick(ns::Box&) @use_quick
 * EXPECT constructor: ns::Box::Box(long) @constructor
 * EXPECT destructor: ns::Box::~Box() @destructor
 * EXPECT template: int ns::twice<int>(int) @template
 * EXPECT operator: ns::operator+(ns::Box const&, ns::Box const&) @operator
 * EXPECT unnamed: (anonymous namespace)::hidden(unsigned int) @unnamed
 * EXPECT nested: ns::Box::Inner::go() @nested
 * EXPECT local: with_local()::Local::run() @local
 * EXPECT[gcc] lambda: main::{lambda(int)#1}::operator()(int) const @lambda
 * EXPECT[clang] lambda: main::$_0::operator()(int) const @lambda
 * EXPECT externc: c_function @externc
 * EXPECT main: main @main
 */
#include "probe.h"

namespace ns
{

class Box
{
      public:
	NOINLINE explicit Box(long n) : size_(n)
	{
		probe("constructor"); /* @constructor */
		KEEP();
	}
	NOINLINE ~Box()
	{
		probe("destructor"); /* @destructor */
		KEEP();
	}
	void grow(int by, const char *why);
	int size() const;
	INLINE void quick()
	{
		probe("inlined"); /* @quick */
		KEEP();
	}
	struct Inner {
		NOINLINE void go()
		{
			probe("nested"); /* @nested */
			KEEP();
		}
	};

      private:
	long size_;
};

NOINLINE void Box::grow(int by, const char *why)
{
	size_ += by + (why != nullptr);
	probe("method"); /* @method */
	KEEP();
}

NOINLINE int Box::size() const
{
	probe("const"); /* @const */
	KEEP();
	return (int)size_;
}

template <typename T> NOINLINE T twice(T value)
{
	probe("template"); /* @template */
	KEEP();
	return value + value;
}

NOINLINE int operator+(const Box &a, const Box &b)
{
	probe("operator"); /* @operator */
	KEEP();
	return a.size() + b.size();
}

} // namespace ns

namespace
{
NOINLINE void hidden(unsigned n)
{
	__asm__ volatile("" ::"r"(n));
	probe("unnamed"); /* @unnamed */
	KEEP();
}
} // namespace

NOINLINE void use_quick(ns::Box &box)
{
	KEEP();
	box.quick(); /* @use_quick */
	KEEP();
}

NOINLINE void with_local()
{
	struct Local {
		NOINLINE void run()
		{
			probe("local"); /* @local */
			KEEP();
		}
	} local;

	local.run();
	KEEP();
}

extern "C" NOINLINE void c_function(int n)
{
	__asm__ volatile("" ::"r"(n));
	probe("externc"); /* @externc */
	KEEP();
}

int main()
{
	ns::Box box(4);
	ns::Box::Inner inner;
	auto lambda = [](int n) NOINLINE {
		__asm__ volatile("" ::"r"(n));
		probe("lambda"); /* @lambda */
		KEEP();
	};

	box.grow(2, "more");
	(void)box.size();
	use_quick(box);
	(void)ns::twice(21);
	(void)(box + box);
	hidden(7);
	inner.go();
	with_local();
	lambda(3);
	c_function(1);
	probe("main"); /* @main */
	KEEP();
	return 0;
}
