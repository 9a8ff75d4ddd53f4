/**
 * Which patients of theibsi/data_sets (`ibsi_validation/nifti`, CC BY 3.0: CT, PET and MR of the same soft-tissue
 * sarcoma, the tumor outlined) the propagation rules are developed on, and which they are judged on. Fixed by number
 * alone, among those with all six files, before any of the judged ones was opened. STS_040 to STS_051 belong to
 * neither.
 */
export const ibsiSplit = {
  develop: ["STS_001", "STS_002", "STS_003", "STS_004", "STS_005", "STS_006"],
  judge: ["STS_008", "STS_014", "STS_022", "STS_026", "STS_032", "STS_036"],
} as const;
