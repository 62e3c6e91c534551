/* SPDX-License-Identifier: MIT */
/*
 * The demonstration: a small training loop with two leaks and one block that
 * outlives its scope.  `scripts/quickstart` runs it under leakscope.
 *
 * It fits y = 3x + 2 by gradient descent, and does three things that real
 * programs do:
 *   - train_step() forgets its gradient buffer: one block per batch;
 *   - load_config() forgets the copy of a line it has parsed: one block;
 *   - end_epoch() makes a summary inside the epoch's scope that is freed only
 *     when the run is over: it outlives its scope, but is no leak.
 *
 * Uses only libc and the header-only scope API; runs unchanged without leakscope.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <leakscope/leakscope.h>

enum { EPOCHS = 10, BATCHES = 12, BATCH_SIZE = 512 };

struct model {
	double slope, intercept;
};

struct summary {
	struct summary *next;
	int epoch;
	double loss;
	char line[96];
};

static void *need(void *block)
{
	if (!block) {
		fputs("train: out of memory\n", stderr);
		exit(1);
	}
	return block;
}

/* A linear congruential generator: the demonstration is the same every time. */
static double next_random(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (double)(*seed >> 8) / (1 << 24);
}

/* Parse "key=value" and return the value. */
static double load_config(const char *text)
{
	char *copy = need(strdup(text));
	char *equals = strchr(copy, '=');
	return equals ? strtod(equals + 1, NULL) : 0.0;
}

static double train_step(struct model *m, const double *x, const double *y, int n, double rate)
{
	double *gradient = need(malloc(2 * (size_t)n * sizeof *gradient));
	double slope = 0, intercept = 0, loss = 0;
	for (int i = 0; i < n; i++) {
		double error = m->slope * x[i] + m->intercept - y[i];
		gradient[2 * i] = 2 * error * x[i] / n;
		gradient[2 * i + 1] = 2 * error / n;
		loss += error * error / n;
	}
	for (int i = 0; i < n; i++) {
		slope += gradient[2 * i];
		intercept += gradient[2 * i + 1];
	}
	m->slope -= rate * slope;
	m->intercept -= rate * intercept;
	return loss;
}

static double run_batch(struct model *m, unsigned *seed, double rate)
{
	double *x = need(malloc(BATCH_SIZE * sizeof *x));
	double *y = need(malloc(BATCH_SIZE * sizeof *y));
	for (int i = 0; i < BATCH_SIZE; i++) {
		x[i] = next_random(seed);
		y[i] = 3 * x[i] + 2 + 0.01 * (next_random(seed) - 0.5);
	}
	double loss = train_step(m, x, y, BATCH_SIZE, rate);
	free(x);
	free(y);
	return loss;
}

static struct summary *end_epoch(struct summary *before, int epoch, double loss)
{
	struct summary *s = need(calloc(1, sizeof *s));
	s->next = before;
	s->epoch = epoch;
	s->loss = loss;
	snprintf(s->line, sizeof s->line, "epoch %2d  loss %.5f", epoch, loss);
	return s;
}

static struct summary *train(struct model *m, double rate)
{
	struct summary *history = NULL;
	unsigned seed = 42;
	for (int epoch = 1; epoch <= EPOCHS; epoch++) {
		LEAKSCOPE_SCOPE("epoch") {
			double loss = 0;
			for (int batch = 0; batch < BATCHES; batch++) {
				LEAKSCOPE_SCOPE("batch") {
					loss = run_batch(m, &seed, rate);
				}
			}
			history = end_epoch(history, epoch, loss);
		}
	}
	return history;
}

int main(void)
{
	struct model m = {0, 0};
	struct summary *history = NULL;

	LEAKSCOPE_SCOPE("trainer") {
		double rate = load_config("learning_rate=0.4");
		history = train(&m, rate);
	}
	printf("y = %.2f x + %.2f after %d epochs; %s\n", m.slope, m.intercept, EPOCHS,
	       history->line);
	while (history) {
		struct summary *next = history->next;
		free(history);
		history = next;
	}
	return 0;
}
