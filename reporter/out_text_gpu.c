/* SPDX-License-Identifier: MIT */
/* What the text report says of GPUs only. */
#include "out_text_internal.h"
