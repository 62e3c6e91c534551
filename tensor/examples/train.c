/* SPDX-License-Identifier: MIT */
/*
 * A network of two layers learns y = sin(x) from made-up data by gradient
 * descent.  Parameters belong to the manager `train`, each epoch has a manager
 * `epoch` and each batch one of its own, `batch`, which takes all of the
 * batch's arrays with it.
 *
 *     train [--leak] [--epochs N] [--profile FILE]
 *
 * --leak detaches one array of every batch, as if to keep it, and forgets it:
 * leakscope reports it under /train/epoch/batch.
 */
#include <leakscope/nd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(call)                                                                                \
	do {                                                                                       \
		if ((call) != ND_OK) {                                                             \
			fprintf(stderr, "train: %s\n", nd_last_error());                           \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

enum { BATCHES = 8, ROWS = 256, HIDDEN = 128 };
#define RATE 0.01

struct network {
	nd_array *w1, *b1, *w2, *b2;
};

static void make(nd_manager *manager, struct network *net)
{
	CHECK(nd_random_normal(manager, ND_F32, ND_SHAPE(1, HIDDEN), 0, 1, 1, &net->w1));
	CHECK(nd_random_normal(manager, ND_F32, ND_SHAPE(HIDDEN), 0, 1, 2, &net->b1));
	CHECK(nd_random_normal(manager, ND_F32, ND_SHAPE(HIDDEN, 1), 0, 0.1, 3, &net->w2));
	CHECK(nd_zeros(manager, ND_F32, ND_SHAPE(1), &net->b2));
}

/* A step downhill: PARAMETER -= RATE * GRADIENT. */
static void descend(nd_array *parameter, nd_array *gradient)
{
	CHECK(nd_mul_scalar_in_place(gradient, RATE));
	CHECK(nd_sub_in_place(parameter, gradient));
}

/* One batch in its manager; answers its loss. */
static double train_batch(nd_manager *epoch, struct network *net, uint64_t seed, bool leak)
{
	nd_manager *batch;
	nd_array *x, *y, *z, *h, *out, *error, *squared, *loss, *back, *slope, *t, *g;
	double value;

	CHECK(nd_manager_new_sub(epoch, "batch", &batch));
	CHECK(nd_random_uniform(batch, ND_F32, ND_SHAPE(ROWS, 1), -3, 3, seed, &x));
	CHECK(nd_sin(x, &y));

	/* forward: tanh(x w1 + b1) w2 + b2 */
	CHECK(nd_matmul(x, net->w1, &z));
	CHECK(nd_add_in_place(z, net->b1));
	CHECK(nd_tanh(z, &h));
	CHECK(nd_matmul(h, net->w2, &out));
	CHECK(nd_add_in_place(out, net->b2));
	CHECK(nd_sub(out, y, &error));
	CHECK(nd_square(error, &squared));
	CHECK(nd_mean(squared, ND_ALL_AXES, false, &loss));
	CHECK(nd_array_item_f64(loss, &value));

	/* backward */
	CHECK(nd_mul_scalar_in_place(error, 2.0 / ROWS));
	CHECK(nd_square(h, &slope));
	CHECK(nd_neg_in_place(slope));
	CHECK(nd_add_scalar_in_place(slope, 1));
	CHECK(nd_mul(error, slope, &back)); /* (ROWS,1) x (ROWS,HIDDEN) by broadcasting */
	CHECK(nd_transpose(net->w2, 0, NULL, &t));
	CHECK(nd_mul_in_place(back, t));
	CHECK(nd_array_close(t)); /* it belongs to net's manager, as w2 does */

	CHECK(nd_transpose(h, 0, NULL, &t));
	CHECK(nd_matmul(t, error, &g));
	descend(net->w2, g);
	CHECK(nd_sum(error, ND_AXES(0), false, &g));
	descend(net->b2, g);
	CHECK(nd_transpose(x, 0, NULL, &t));
	CHECK(nd_matmul(t, back, &g));
	descend(net->w1, g);
	CHECK(nd_sum(back, ND_AXES(0), false, &g));
	descend(net->b1, g);

	if (leak)
		CHECK(nd_manager_detach(h)); /* "for the statistics", and never seen again */
	CHECK(nd_manager_close(batch));
	return value;
}

static void train(int epochs, bool leak)
{
	nd_manager *manager, *epoch;
	struct network net;
	uint64_t seed = 100;

	CHECK(nd_manager_new_base("train", &manager));
	make(manager, &net);
	for (int i = 0; i < epochs; i++) {
		double loss = 0;

		CHECK(nd_manager_new_sub(manager, "epoch", &epoch));
		for (int j = 0; j < BATCHES; j++)
			loss += train_batch(epoch, &net, seed++, leak) / BATCHES;
		CHECK(nd_manager_close(epoch));
		if (i == 0 || i == epochs - 1 || i % 10 == 9)
			printf("epoch %d: loss %.5f\n", i + 1, loss);
	}
	CHECK(nd_manager_close(manager));
}

int main(int argc, char **argv)
{
	const char *profile = NULL;
	bool leak = false;
	int epochs = 20, i;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--leak")) {
			leak = true;
		} else if (!strcmp(argv[i], "--epochs") && i + 1 < argc) {
			epochs = atoi(argv[++i]);
		} else if (!strcmp(argv[i], "--profile") && i + 1 < argc) {
			profile = argv[++i];
		} else {
			fprintf(stderr, "usage: train [--leak] [--epochs N] [--profile FILE]\n");
			return 2;
		}
	}
	if (profile)
		CHECK(nd_profile_start(profile));
	train(epochs, leak);
	if (profile)
		CHECK(nd_profile_stop());
	return 0;
}
