terraform {
  required_version = ">= 1.4"
}

variable "zones" {
  type        = map(string)
  description = "Zone to address range."
}

module "label" {
  source = "../modules/label"
  name   = "network"
}

resource "terraform_data" "subnet" {
  for_each = var.zones

  input = {
    name = "${module.label.id}-${each.key}"
    cidr = each.value
    tags = module.label.tags
  }
}

output "subnets" {
  value = { for zone, subnet in terraform_data.subnet : zone => subnet.output.name }
}
