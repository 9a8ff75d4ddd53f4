import type { PromptSupport } from "../core/prompt.js";
import type { Preprocessing } from "../models/preprocessing.js";

/** A published checkpoint: what it is and where it comes from. */
export interface KnownCheckpoint {
  readonly name: string;
  /** e.g. `SAM`, `MedSAM`. */
  readonly family: string;
  readonly summary: string;
  /** Number of parameters of the whole model, e.g. `94 M`. */
  readonly parameters: string;
  readonly prompts: PromptSupport;
  /** Side of the model's input in pixels, or in voxels. */
  readonly imageSize: number;
  /** How pictures are prepared; `null` for a model for volumes. */
  readonly preprocessing: Preprocessing | null;
  readonly license: string;
  /** Its file name in the cache. */
  readonly file: string;
  /** Download URL. */
  readonly url: string;
  /** True if the URL opens a page where the user has to click, so that it cannot be downloaded automatically. */
  readonly isByHand: boolean;
  /** Published sha256; `null` if there is none. */
  readonly sha256: string | null;
  readonly bytes: number | null;
  /** The base model of low-rank updates; `null` for full weights. */
  readonly base: string | null;
  /** Of a model without prompts: its classes, without the background. */
  readonly classNames?: readonly string[];
  /** Of a model whose weights are not published, whose URL is then that of its code. */
  readonly unpublished?: UnpublishedWeights;
}

/** What stands in for weights that are not published. */
export interface UnpublishedWeights {
  /** URL of the code. */
  readonly repository: string;
  /** URL of the paper. */
  readonly paper: string;
  /** What trains such a model here, e.g. `deSam(sam, slices)`. */
  readonly training: string;
}

const all: PromptSupport = { points: true, box: true, mask: true, note: "" };
const boxOnly: PromptSupport = {
  points: false,
  box: true,
  mask: false,
  note: "MedSAM was trained with boxes only: draw a box.",
};
/** Prompt support of models that segment classes without prompts: none. */
export const noPrompts: PromptSupport = {
  points: false,
  box: false,
  mask: false,
  note: "It takes no prompts: its masks are the classes it was trained on. Use sam.segment(image).",
};

/** Prompt support of models for volumes: clicks. */
export const clicksInVolumes: PromptSupport = {
  points: true,
  box: false,
  mask: false,
  note: "SAM-Med3D was trained with clicks alone: click inside the object.",
};

const sam = { family: "SAM", prompts: all, imageSize: 1024, preprocessing: "sam", license: "Apache-2.0" } as const;
const whole = { isByHand: false, base: null, sha256: null, bytes: null } as const;
const meta = "https://dl.fbaipublicfiles.com/segment_anything/";
const meta2 = "https://dl.fbaipublicfiles.com/segment_anything_2/092824/";
const face = "https://huggingface.co/";
const drive = "https://drive.google.com/uc?id=";
/** For models that take lines besides SAM's prompts. */
const withScribbles: PromptSupport = { ...all, scribbles: true };
const hqSam = { ...sam, ...whole, family: "HQ-SAM" } as const;
const hqFiles = `${face}lkeab/hq-sam/resolve/main/`;
const microSam = {
  ...whole,
  family: "micro-sam",
  prompts: all,
  imageSize: 1024,
  preprocessing: "micro-sam",
} as const;
const bioimage = "https://uk1s3.embassy.ebi.ac.uk/public-datasets/bioimage.io/";
const owncloud = "https://owncloud.gwdg.de/index.php/s/";
/** As SAMed's test.py names the labels of its Synapse data. */
const synapse = ["spleen", "right kidney", "left kidney", "gallbladder", "liver", "stomach", "aorta", "pancreas"];
const samed = {
  family: "SAMed",
  prompts: noPrompts,
  classNames: synapse,
  imageSize: 512,
  preprocessing: "samed",
  license: "MIT",
  isByHand: true,
  sha256: null,
  bytes: null,
} as const;

const surgical = {
  family: "SurgicalSAM",
  parameters: "5 M + base",
  prompts: noPrompts,
  imageSize: 1024,
  preprocessing: "sam",
  license: "MIT (code); not stated beside the file",
  url: "https://unisyd-my.sharepoint.com/:f:/g/personal/wenxi_yue_sydney_edu_au/Et9Nz5d4r2BDkDTakggPMFAB11UNIfbUN3PNz71p1XP0Ug?e=rVHuT4",
  isByHand: true,
  sha256: null,
  bytes: null,
  base: "sam-vit-h",
} as const;
/** Models whose authors publish their code alone. */
const unpublished = (repository: string, paper: string, training: string) =>
  ({ ...whole, url: repository, unpublished: { repository, paper, training } }) as const;
/** EdgeSAM's weights are on the page of its demo. */
const edgeSam = {
  ...sam,
  ...whole,
  family: "EdgeSAM",
  parameters: "10 M",
  license: "S-Lab 1.0 (non-commercial)",
} as const;
const edgeFiles = `${face}spaces/chongzhou/EdgeSAM/resolve/main/weights/`;

const efficientVitSam = (
  [
    ["l0", "35 M", 512, "c4f994b01a16d48bcf2fbbb089448cfbf58fae5811edfa8113c953b8b8cc64b8"],
    ["l1", "48 M", 512, "fa151df2b9b96896accd505470755cdd293a4c50cdabac95478f3fbd86d9152b"],
    ["l2", "61 M", 512, "d4bfd842224cbb99de09acc3325e81ac5b7e8725c8fbdab152305e5d934bfe4a"],
    ["xl0", "117 M", 1024, "9bc2f87bd23d6e6d1f7b5beff910f98835c7c333fac73e695bac0bec685968f8"],
    ["xl1", "203 M", 1024, "10f42277679427c1183dcff19758e536aa86bcc4304e4b387ff48865784be05c"],
  ] as const
).map(([size, parameters, imageSize, sha256]) => ({
  ...sam,
  ...whole,
  name: `efficientvit-sam-${size}`,
  family: "EfficientViT-SAM",
  summary: `EfficientViT-SAM ${size.toUpperCase()} (Zhang et al.)`,
  parameters,
  imageSize,
  sha256,
  file: `efficientvit_sam_${size}.pt`,
  url: `${face}mit-han-lab/efficientvit-sam/resolve/main/efficientvit_sam_${size}.pt`,
}));

const [forceps, driver, scissors] = ["Bipolar Forceps", "Large Needle Driver", "Monopolar Curved Scissors"];

/**
 * Published checkpoints that samlab reads. Hashes and sizes are those given by their publishers, or by several public
 * users of the same file.
 */
export const knownCheckpoints: readonly KnownCheckpoint[] = [
  {
    ...sam,
    ...whole,
    name: "sam-vit-b",
    summary: "Segment Anything, ViT-B",
    parameters: "94 M",
    file: "sam_vit_b_01ec64.pth",
    url: `${meta}sam_vit_b_01ec64.pth`,
    sha256: "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    bytes: 375_042_383,
  },
  {
    ...sam,
    ...whole,
    name: "sam-vit-l",
    summary: "Segment Anything, ViT-L",
    parameters: "312 M",
    file: "sam_vit_l_0b3195.pth",
    url: `${meta}sam_vit_l_0b3195.pth`,
    sha256: "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    bytes: 1_249_524_607,
  },
  {
    ...sam,
    ...whole,
    name: "sam-vit-h",
    summary: "Segment Anything, ViT-H",
    parameters: "641 M",
    file: "sam_vit_h_4b8939.pth",
    url: `${meta}sam_vit_h_4b8939.pth`,
    sha256: "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    bytes: 2_564_550_879,
  },
  {
    ...whole,
    name: "medsam",
    family: "MedSAM",
    summary: "MedSAM, ViT-B (Ma et al.)",
    parameters: "94 M",
    prompts: boxOnly,
    imageSize: 1024,
    preprocessing: "medsam",
    license: "Apache-2.0",
    file: "medsam_vit_b.pth",
    url: "https://zenodo.org/records/10689643/files/medsam_vit_b.pth",
    sha256: "34b34b78c1d18cb8c6bf84cf9c00e135d6d6c965699f3c0e31ef1bc9dcb5be74",
    bytes: 375_049_145,
  },
  {
    ...whole,
    name: "medsam-hf",
    family: "MedSAM",
    summary: "MedSAM in Hugging Face's layout (wanglab/medsam-vit-base)",
    parameters: "94 M",
    prompts: boxOnly,
    imageSize: 1024,
    preprocessing: "medsam",
    license: "Apache-2.0",
    file: "medsam-vit-base.safetensors",
    url: `${face}wanglab/medsam-vit-base/resolve/main/model.safetensors`,
  },
  {
    ...sam,
    ...whole,
    name: "mobile-sam",
    family: "MobileSAM",
    summary: "MobileSAM, TinyViT (Zhang et al.)",
    parameters: "10 M",
    file: "mobile_sam.pt",
    url: "https://github.com/ChaoningZhang/MobileSAM/raw/master/weights/mobile_sam.pt",
    sha256: "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
    bytes: 40_728_226,
  },
  {
    ...sam,
    ...whole,
    name: "tiny-sam",
    family: "TinySAM",
    summary: "TinySAM, TinyViT (Shu et al.)",
    parameters: "10 M",
    file: "tinysam_42.3.pth",
    url: "https://github.com/xinghaochen/TinySAM/releases/download/3.0/tinysam_42.3.pth",
  },
  {
    ...sam,
    ...whole,
    name: "slim-sam-50",
    family: "SlimSAM",
    summary: "SlimSAM, half of ViT-B's width (Chen et al.)",
    parameters: "28 M",
    file: "slimsam-uniform-50.safetensors",
    url: `${face}Zigeng/SlimSAM-uniform-50/resolve/main/model.safetensors`,
  },
  {
    ...sam,
    ...whole,
    name: "slim-sam-77",
    family: "SlimSAM",
    summary: "SlimSAM, a quarter of ViT-B's width (Chen et al.)",
    parameters: "10 M",
    file: "slimsam-uniform-77.safetensors",
    url: `${face}Zigeng/SlimSAM-uniform-77/resolve/main/model.safetensors`,
  },
  {
    ...sam,
    ...whole,
    name: "repvit-sam",
    family: "RepViT-SAM",
    summary: "RepViT-SAM, a convolutional encoder (Wang et al.)",
    parameters: "27 M",
    file: "repvit_sam.pt",
    url: "https://github.com/THU-MIG/RepViT/releases/download/v1.0/repvit_sam.pt",
  },
  {
    ...edgeSam,
    name: "edge-sam",
    summary: "EdgeSAM, RepViT (Zhou et al.); weights for non-commercial use only",
    file: "edge_sam.pth",
    url: `${edgeFiles}edge_sam.pth`,
  },
  {
    ...edgeSam,
    name: "edge-sam-3x",
    summary: "EdgeSAM taught with three times the images; weights for non-commercial use only",
    file: "edge_sam_3x.pth",
    url: `${edgeFiles}edge_sam_3x.pth`,
    sha256: "5a3e3261da9e2f4c8154410885689ae57d09cbf4cf5d0c848b9d80b6df336ece",
  },
  ...efficientVitSam,
  {
    ...hqSam,
    name: "hq-sam-vit-tiny",
    summary: "Light HQ-SAM, TinyViT: SAM with finer outlines (Ke et al.)",
    parameters: "11 M",
    file: "sam_hq_vit_tiny.pth",
    url: `${hqFiles}sam_hq_vit_tiny.pth`,
    sha256: "0f32c075ccdd870ae54db2f7630e7a0878ede5a2b06d05d6fe02c65a82fb7196",
  },
  {
    ...hqSam,
    name: "hq-sam-vit-b",
    summary: "HQ-SAM, ViT-B: SAM with finer outlines",
    parameters: "95 M",
    file: "sam_hq_vit_b.pth",
    url: `${hqFiles}sam_hq_vit_b.pth`,
  },
  {
    ...hqSam,
    name: "hq-sam-vit-l",
    summary: "HQ-SAM, ViT-L",
    parameters: "314 M",
    file: "sam_hq_vit_l.pth",
    url: `${hqFiles}sam_hq_vit_l.pth`,
  },
  {
    ...hqSam,
    name: "hq-sam-vit-h",
    summary: "HQ-SAM, ViT-H",
    parameters: "643 M",
    file: "sam_hq_vit_h.pth",
    url: `${hqFiles}sam_hq_vit_h.pth`,
    sha256: "a7ac14a085326d9fa6199c8c698c4f0e7280afdbb974d2c4660ec60877b45e35",
  },
  {
    ...whole,
    name: "scribble-prompt",
    family: "ScribblePrompt",
    summary: "ScribblePrompt's U-Net: scribbles, clicks, and boxes (Wong et al.)",
    parameters: "4 M",
    prompts: withScribbles,
    imageSize: 128,
    preprocessing: "scribble-prompt",
    license: "Apache-2.0",
    file: "ScribblePrompt_unet_v1_nf192_res128.pt",
    url: "https://www.dropbox.com/scl/fi/pnw88n05irnv5z1snlklr/ScribblePrompt_unet_v1_nf192_res128.pt?rlkey=dr8xvkf0wj2r082h1zzpcmz5o&dl=1",
  },
  {
    ...whole,
    name: "samus",
    family: "SAMUS",
    summary: "SAMUS, ViT-B beside convolutions, for ultrasound; trained with single clicks (Lin et al.)",
    parameters: "133 M",
    prompts: all,
    imageSize: 256,
    preprocessing: "samus",
    license: "MIT (code); not stated beside the file",
    file: "SAMUS.pth",
    url: "https://drive.google.com/file/d/1nQjMAvbPeolNpCxQyU_HTiOiB5704pkH/view",
    isByHand: true,
  },
  {
    ...whole,
    name: "sam-med2d",
    family: "SAM-Med2D",
    summary: "SAM-Med2D with adapters, ViT-B (Cheng et al.)",
    parameters: "271 M",
    prompts: all,
    imageSize: 256,
    preprocessing: "sam-med2d",
    license: "Apache-2.0",
    file: "sam-med2d_b.pth",
    url: `${drive}1ARiB5RkSsWmAB_8mqWnwDF8ZKTtFwsjl`,
    isByHand: true,
  },
  {
    ...whole,
    name: "ft-sam",
    family: "SAM-Med2D",
    summary: "FT-SAM of SAM-Med2D: ViT-B at 256, no adapters",
    parameters: "91 M",
    prompts: all,
    imageSize: 256,
    preprocessing: "sam-med2d",
    license: "Apache-2.0",
    file: "ft-sam_b.pth",
    url: `${drive}1J4qQt9MZZYdv1eoxMTJ4FL8Fz65iUFM8`,
    isByHand: true,
  },
  {
    ...samed,
    name: "samed",
    summary: "SAMed's low-rank updates for ViT-B: 8 abdominal organs in CT",
    parameters: "4 M + base",
    file: "samed_epoch_159.pth",
    url: `${drive}1P0Bm-05l-rfeghbrT1B62v5eN-3A-uOr`,
    base: "sam-vit-b",
  },
  {
    ...samed,
    name: "samed-s",
    summary: "SAMed_s: low-rank updates in the decoder too",
    parameters: "1 M + base",
    file: "samed_s.pth",
    url: `${drive}1rQM2md-h66RlRF3wC0m9N8aheOCvKfYv`,
    base: "sam-vit-b",
  },
  {
    ...samed,
    name: "samed-h",
    summary: "SAMed_h: low-rank updates for ViT-H",
    parameters: "5 M + base",
    file: "samed_h.pth",
    url: `${drive}1Kx_vx9bcxJaiMYWAgljNtwtHcooUsq8m`,
    base: "sam-vit-h",
  },
  {
    ...surgical,
    name: "surgical-sam-endovis18",
    summary: "SurgicalSAM: instruments of EndoVis 2018 (endovis_2018/model_ckp.pth in ckp.zip)",
    file: "surgical_sam_endovis_2018.pth",
    classNames: [
      forceps,
      "Prograsp Forceps",
      driver,
      scissors,
      "Ultrasound Probe",
      "Suction Instrument",
      "Clip Applier",
    ],
  },
  {
    ...surgical,
    name: "surgical-sam-endovis17",
    summary: "SurgicalSAM: instruments of EndoVis 2017 (endovis_2017/fold0/model_ckp.pth in ckp.zip, or another fold)",
    file: "surgical_sam_endovis_2017.pth",
    classNames: [forceps, "Prograsp Forceps", driver, "Vessel Sealer", "Grasping Retractor", scissors, "Others"],
  },
  {
    ...unpublished("https://github.com/yifangao112/DeSAM", "https://arxiv.org/abs/2306.00499", "deSam(sam, slices)"),
    name: "de-sam",
    family: "DeSAM",
    summary: "DeSAM, ViT-H: masks from features that no prompt touches (Gao et al.)",
    parameters: "651 M",
    prompts: { points: true, box: true, mask: false, note: "DeSAM takes no masks." },
    imageSize: 1024,
    preprocessing: "de-sam",
    license: "MIT (code)",
    file: "desam_model_best.pth",
  },
  {
    ...unpublished("https://github.com/xhu248/AutoSAM", "https://arxiv.org/abs/2306.13731", "autoSam(sam, slices)"),
    name: "auto-sam",
    family: "AutoSAM",
    summary: "AutoSAM (Hu et al.), ViT-B, -L, or -H: a token for each class, no prompts",
    parameters: "94–641 M",
    prompts: noPrompts,
    imageSize: 1024,
    preprocessing: "auto-sam",
    license: "Apache-2.0 (code)",
    file: "autosam_model_best.pth.tar",
  },
  ...(
    [
      ["tiny", "T", "39 M", "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69", 156_008_466],
      ["small", "S", "46 M", "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38", null],
      ["base-plus", "B+", "81 M", "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5", null],
      ["large", "L", "224 M", "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318", null],
    ] as const
  ).map(([size, letter, parameters, sha256, bytes]) => ({
    ...sam,
    ...whole,
    name: `sam2.1-${size}`,
    family: "SAM 2",
    summary: `SAM 2.1, Hiera-${letter} (Ravi et al.)`,
    preprocessing: "sam2" as const,
    parameters,
    file: `sam2.1_hiera_${size.replace("-", "_")}.pt`,
    url: `${meta2}sam2.1_hiera_${size.replace("-", "_")}.pt`,
    sha256,
    bytes,
  })),
  {
    ...whole,
    name: "medsam2",
    family: "MedSAM2",
    summary: "MedSAM2, Hiera-T (Ma et al.)",
    parameters: "39 M",
    prompts: all,
    imageSize: 512,
    preprocessing: "medsam2",
    license: "CC-BY-SA-4.0",
    file: "MedSAM2_latest.pt",
    url: `${face}wanglab/MedSAM2/resolve/main/MedSAM2_latest.pt`,
    sha256: "c92743b99f00d078bf32a3afcc38aaa9faf1c1692dffe3eaa7a90938c1991060",
    bytes: 156_040_129,
  },
  {
    ...whole,
    name: "sam-med3d",
    family: "SAM-Med3D",
    summary: "SAM-Med3D-turbo, a 3D ViT-B for volumes (Wang et al.): loadSam3d",
    parameters: "101 M",
    prompts: clicksInVolumes,
    imageSize: 128,
    preprocessing: null,
    license: "Apache-2.0 (code)",
    file: "sam_med3d_turbo.pth",
    url: `${face}blueyo0/SAM-Med3D/resolve/main/sam_med3d_turbo.pth`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-b-medical",
    summary: "micro-sam's ViT-B for medical images (medico-sam)",
    parameters: "94 M",
    license: "not stated beside the file",
    file: "micro_sam_vit_b_medical_imaging.pt",
    url: `${owncloud}f5Ol4FrjPQWfjUF/download`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-b-lm",
    summary: "micro-sam's ViT-B for light microscopy",
    parameters: "94 M",
    license: "CC-BY-4.0 (bioimage.io, unconfirmed)",
    file: "micro_sam_vit_b_lm.pt",
    url: `${bioimage}diplomatic-bug/1.2/files/vit_b.pt`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-l-lm",
    summary: "micro-sam's ViT-L for light microscopy",
    parameters: "312 M",
    license: "CC-BY-4.0 (bioimage.io, unconfirmed)",
    file: "micro_sam_vit_l_lm.pt",
    url: `${bioimage}idealistic-rat/1.2/files/vit_l.pt`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-t-lm",
    summary: "micro-sam's TinyViT for light microscopy",
    parameters: "10 M",
    license: "CC-BY-4.0 (bioimage.io, unconfirmed)",
    file: "micro_sam_vit_t_lm.pt",
    url: `${bioimage}faithful-chicken/1.1/files/vit_t.pt`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-b-em",
    summary: "micro-sam's ViT-B for organelles in electron microscopy",
    parameters: "94 M",
    license: "CC-BY-4.0 (bioimage.io, unconfirmed)",
    file: "micro_sam_vit_b_em_organelles.pt",
    url: `${bioimage}noisy-ox/1.2/files/vit_b.pt`,
  },
  {
    ...microSam,
    name: "micro-sam-vit-b-histopathology",
    summary: "micro-sam's ViT-B for histopathology (patho-sam)",
    parameters: "94 M",
    license: "not stated beside the file",
    file: "micro_sam_vit_b_histopathology.pt",
    url: `${owncloud}sBB4H8CTmIoBZsQ/download`,
  },
];
