type Tensors = Map<string, { dims: readonly number[]; data: Float32Array }>;

/**
 * Weights of a TinyViT encoder as narrow as the architecture allows (its last stage is 320 wide), filled with a fixed
 * pattern: enough to build the graph, whose structure is tested.
 */
export function narrowTinyVit(): Tensors {
  const tensors: Tensors = new Map();
  const put = (name: string, ...dims: number[]) => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    tensors.set(`image_encoder.${name}`, {
      dims,
      data: Float32Array.from({ length: count }, (_, n) => ((n * 7) % 11) / 10),
    });
  };
  const convBn = (name: string, outputs: number, inputs: number, kernel: number) => {
    put(`${name}.c.weight`, outputs, inputs, kernel, kernel);
    for (const part of ["weight", "bias", "running_mean", "running_var"]) put(`${name}.bn.${part}`, outputs);
  };
  const linear = (name: string, outputs: number, inputs: number) => {
    put(`${name}.weight`, outputs, inputs);
    put(`${name}.bias`, outputs);
  };
  const dims = [8, 8, 8, 320];
  convBn("patch_embed.seq.0", 4, 3, 1);
  convBn("patch_embed.seq.2", 8, 4, 1);
  convBn("layers.0.blocks.0.conv1", 16, 8, 1);
  convBn("layers.0.blocks.0.conv2", 16, 1, 3);
  convBn("layers.0.blocks.0.conv3", 8, 16, 1);
  for (let stage = 0; stage < 3; stage++) {
    const [from, to] = [dims[stage], dims[stage + 1]];
    convBn(`layers.${stage}.downsample.conv1`, to, from, 1);
    convBn(`layers.${stage}.downsample.conv2`, to, 1, 3);
    convBn(`layers.${stage}.downsample.conv3`, to, to, 1);
    const block = `layers.${stage + 1}.blocks.0`;
    linear(`${block}.attn.norm`, to, 1);
    tensors.set(`image_encoder.${block}.attn.norm.weight`, { dims: [to], data: new Float32Array(to).fill(1) });
    linear(`${block}.attn.qkv`, 3 * to, to);
    linear(`${block}.attn.proj`, to, to);
    put(`${block}.attn.attention_biases`, 2, 49);
    tensors.set(`image_encoder.${block}.mlp.norm.weight`, { dims: [to], data: new Float32Array(to).fill(1) });
    put(`${block}.mlp.norm.bias`, to);
    linear(`${block}.mlp.fc1`, 2 * to, to);
    linear(`${block}.mlp.fc2`, to, 2 * to);
    convBn(`${block}.local_conv`, to, 1, 3);
  }
  put("neck.0.weight", 32, 320, 1, 1);
  put("neck.2.weight", 32, 32, 3, 3);
  for (const norm of ["neck.1", "neck.3"]) {
    put(`${norm}.weight`, 32);
    put(`${norm}.bias`, 32);
  }
  return tensors;
}
