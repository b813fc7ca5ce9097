/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The default profile and, compiled from it, the default filter, carried inside libcove and cove.
 *
 * FILTER_PROFILE and FILTER_PROGRAM are the paths of the files, as strings; the build passes them.
 * Without FILTER_PROGRAM the filter is empty. From C: default_filter.h.
 */
	.section .rodata
	.balign 8
	.globl default_filter
	.type default_filter, %object
default_filter:
#ifdef FILTER_PROGRAM
	.incbin FILTER_PROGRAM
#endif
	.size default_filter, . - default_filter
	.globl default_filter_end
	.type default_filter_end, %object
default_filter_end:
	.globl default_profile
	.type default_profile, %object
default_profile:
	.incbin FILTER_PROFILE
	.size default_profile, . - default_profile
	.globl default_profile_end
	.type default_profile_end, %object
default_profile_end:
	.byte 0
	.size default_profile_end, 1

	.section .note.GNU-stack, "", %progbits
