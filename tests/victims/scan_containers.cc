/* SPDX-License-Identifier: MIT */
/*
 * Containers of libstdc++ that globals point to hold all of their nodes; lost ones
 * are one leak each, with their nodes behind it.
 *
 * variants: gcc:-O0,gcc:-O2,clang:-O0,clang:-O2
 * gate: fail
 * expect: leak tree bytes=48 blocks=1 kind=reachable top=operator%new frames=build:tree,main
 * expect: leak chain bytes=24 blocks=1 kind=reachable top=operator%new frames=build:chain,main
 * expect: leak table bytes=56 blocks=1 kind=reachable top=operator%new frames=build:table,main
 * expect: leak lost_tree bytes=48 blocks=1 kind=definite top=operator%new frames=build:lost_tree,main
 * expect: leak lost_chain bytes=24 blocks=1 kind=definite top=operator%new frames=build:lost_chain,main
 * expect: leak lost_table bytes=56 blocks=1 kind=definite top=operator%new frames=build:lost_table,main
 * expect: leak nodes bytes=any blocks=any kind=reachable entries>=1 top=operator%new frames=~^fill,~^build:fill_kept
 * expect: leak lostnodes bytes=any blocks=any kind=indirect entries>=1 top=operator%new frames=~^fill,~^build:fill_lost
 * expect: summary possible.blocks=0 definite.blocks=3
 */
#include "scan.h"
#include <list>
#include <map>
#include <string>
#include <unordered_map>

static std::map<long, std::string> *volatile tree;
static std::list<std::string> *volatile chain;
static std::unordered_map<long, std::string> *volatile table;

static NOINLINE void fill(std::map<long, std::string> *m, std::list<std::string> *l,
			  std::unordered_map<long, std::string> *u)
{
	for (long i = 0; i < 100; i++) {
		(*m)[i].assign(50, 'a');
		l->push_back(std::string(60, 'b'));
		(*u)[i].assign(70, 'c');
	}
}

static NOINLINE void build()
{
	tree = new std::map<long, std::string>;              /* LEAK:tree */
	chain = new std::list<std::string>;                  /* LEAK:chain */
	table = new std::unordered_map<long, std::string>;   /* LEAK:table */
	fill(tree, chain, table);                            /* AT:fill_kept */
	auto *m = new std::map<long, std::string>;           /* LEAK:lost_tree */
	auto *l = new std::list<std::string>;                /* LEAK:lost_chain */
	auto *u = new std::unordered_map<long, std::string>; /* LEAK:lost_table */
	fill(m, l, u);                                       /* AT:fill_lost */
	NO_TAIL();
}

int main()
{
	build();
	wipe();
	return 0;
}
