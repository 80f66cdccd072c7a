module "label" {
  source = "../modules/label"
  name   = "app"
}

resource "terraform_data" "service" {
  input = {
    name   = module.label.id
    config = templatefile("${path.module}/config.tftpl", { name = module.label.id, replicas = 2 })
  }
}

resource "terraform_data" "release" {
  triggers_replace = [terraform_data.service.input.config]

  provisioner "local-exec" {
    command = "echo released"
  }
}
