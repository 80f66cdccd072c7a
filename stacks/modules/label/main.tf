variable "name" {
  type        = string
  description = "What is labelled: network, database, app."
}

variable "environment" {
  type    = string
  default = "demo"
}

locals {
  id = "${var.environment}-${var.name}"
}

output "id" {
  value = local.id
}

output "tags" {
  value = {
    name       = local.id
    managed_by = "holdfast"
  }
}
