import type { z } from 'zod';
import { assignmentFileSchema, transformerParametersSchema } from '#libs/contracts';

/** The assignment as this trainer reads it: every parameter has its value. */
export const transformerAssignmentSchema = assignmentFileSchema.extend({ parameters: transformerParametersSchema });
export type TransformerAssignment = z.infer<typeof transformerAssignmentSchema>;
