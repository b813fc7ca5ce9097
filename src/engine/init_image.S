/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image of cove-init, carried inside libcove and the command cove.
 *
 * INIT_IMAGE is the path of the program, as a string; the build passes it. From C: init_image.h.
 */
	.section .rodata
	.balign 16
	.globl init_image
	.type init_image, %object
init_image:
	.incbin INIT_IMAGE
	.balign 8	/* the plan is put behind it */
	.size init_image, . - init_image
	.globl init_image_end
	.type init_image_end, %object
init_image_end:
	.byte 0
	.size init_image_end, 1

	.section .note.GNU-stack, "", %progbits
