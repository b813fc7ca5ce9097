/* SPDX-License-Identifier: Apache-2.0 */
/* empty: the base line; what starting and ending any program costs on this machine. */
int main(void)
{
	return 0;
}
