/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See clone.h. One short piece of assembly for each architecture: after the system call the child
 * has another stack, so nothing that the compiler put on the old one may be used.
 */
#include "sys/clone.h"

#include <stddef.h>
#include <stdint.h>

long clone_raw(struct clone_args *args, size_t size, int (*entry)(void *), void *argument);
/* `entry` and `argument` travel where clone(2) has arguments that no flag of ours uses. */
long clone_raw_old(uint64_t flags, uint64_t stack_end, uint64_t pidfd, int (*entry)(void *),
		   void *argument);

#if defined(__x86_64__)
__asm__(".text\n"
	".globl clone_raw\n"
	".hidden clone_raw\n"
	".type clone_raw, @function\n"
	"clone_raw:\n"
	"	mov %rcx, %r8\n" /* the system call overwrites rcx and r11 */
	"	mov $435, %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	ret\n"
	"1:	xor %ebp, %ebp\n"
	"	mov %r8, %rdi\n"
	"	call *%rdx\n"
	"	mov %eax, %edi\n"
	"	mov $60, %eax\n"
	"	syscall\n"
	"	hlt\n"
	".size clone_raw, . - clone_raw\n"
	".globl clone_raw_old\n"
	".hidden clone_raw_old\n"
	".type clone_raw_old, @function\n"
	"clone_raw_old:\n"
	"	mov %rcx, %r10\n" /* the system call overwrites rcx and r11 */
	"	mov $56, %eax\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jz 1f\n"
	"	ret\n"
	"1:	xor %ebp, %ebp\n"
	"	mov %r8, %rdi\n"
	"	call *%r10\n"
	"	mov %eax, %edi\n"
	"	mov $60, %eax\n"
	"	syscall\n"
	"	hlt\n"
	".size clone_raw_old, . - clone_raw_old\n");
#elif defined(__aarch64__)
__asm__(".text\n"
	".globl clone_raw\n"
	".hidden clone_raw\n"
	".type clone_raw, %function\n"
	"clone_raw:\n"
	"	mov x8, #435\n"
	"	svc #0\n"
	"	cbz x0, 1f\n"
	"	ret\n"
	"1:	mov x29, #0\n"
	"	mov x0, x3\n"
	"	blr x2\n"
	"	mov x8, #93\n"
	"	svc #0\n"
	"	brk #0\n"
	".size clone_raw, . - clone_raw\n"
	".globl clone_raw_old\n"
	".hidden clone_raw_old\n"
	".type clone_raw_old, %function\n"
	"clone_raw_old:\n"
	"	mov x8, #220\n"
	"	svc #0\n"
	"	cbz x0, 1f\n"
	"	ret\n"
	"1:	mov x29, #0\n"
	"	mov x0, x4\n"
	"	blr x3\n"
	"	mov x8, #93\n"
	"	svc #0\n"
	"	brk #0\n"
	".size clone_raw_old, . - clone_raw_old\n");
#elif defined(__riscv) && __riscv_xlen == 64
__asm__(".text\n"
	".globl clone_raw\n"
	".hidden clone_raw\n"
	".type clone_raw, @function\n"
	"clone_raw:\n"
	"	li a7, 435\n"
	"	ecall\n"
	"	beqz a0, 1f\n"
	"	ret\n"
	"1:	li s0, 0\n"
	"	mv a0, a3\n"
	"	jalr a2\n"
	"	li a7, 93\n"
	"	ecall\n"
	"	ebreak\n"
	".size clone_raw, . - clone_raw\n"
	".globl clone_raw_old\n"
	".hidden clone_raw_old\n"
	".type clone_raw_old, @function\n"
	"clone_raw_old:\n"
	"	li a7, 220\n"
	"	ecall\n"
	"	beqz a0, 1f\n"
	"	ret\n"
	"1:	li s0, 0\n"
	"	mv a0, a4\n"
	"	jalr a3\n"
	"	li a7, 93\n"
	"	ecall\n"
	"	ebreak\n"
	".size clone_raw_old, . - clone_raw_old\n");
#else
#error "write clone_raw for this architecture"
#endif

long clone_call(struct clone_args *args, int (*entry)(void *argument), void *argument)
{
	return clone_raw(args, sizeof(*args), entry, argument);
}

long clone_call_old(const struct clone_args *args, int (*entry)(void *argument), void *argument)
{
	return clone_raw_old((args->flags & UINT32_MAX) | args->exit_signal,
			     args->stack + args->stack_size, args->pidfd, entry, argument);
}
